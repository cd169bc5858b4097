from larkgate.cli import main

main()
