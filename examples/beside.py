"""A bot in a thread of its own, beside a web application such as Flask's or Django's."""

from collections.abc import Iterable
from contextlib import suppress
from wsgiref.simple_server import make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from larkgate import Bot, Message

bot = Bot("beside")


@bot.message(mentioned=True)
async def answer(message: Message) -> str:
    return f"收到：{message.text}"


def web(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return ["机器人也在运行。".encode()]


if __name__ == "__main__":
    running = bot.start_in_thread()
    with suppress(KeyboardInterrupt), make_server("127.0.0.1", 0, web) as server:
        print(f"http://127.0.0.1:{server.server_port}")
        server.serve_forever()
    running.stop()
