"""Previews of links: what an app shows instead of an address.

Official document "拉取链接预览数据". Its apps register patterns of addresses; here every address is
an app's own that has subscribed.
"""

from __future__ import annotations

from larkgate.simulator import clicks
from larkgate.simulator.apps import App
from larkgate.simulator.changes import Changes
from larkgate.simulator.clicks import PREVIEW, Clicked
from larkgate.simulator.events import Events
from larkgate.simulator.shapes import ids
from larkgate.simulator.world import Chat, Message, Person, World

__all__ = ["preview"]


async def preview(
    world: World, events: Events, changes: Changes, person: Person, chat: Chat, url: str
) -> Clicked:
    """Ask the chat's first app that has subscribed; returns what the person is shown.

    While no message of the chat holds the link, it is being typed: then the app learns neither
    message nor chat, and gets no token.
    """
    sent = next((each for each in reversed(chat.messages) if url in each.text), None)
    for app in chat.apps:
        if PREVIEW in app.in_force.callbacks:
            event = _event(world, app, person, url, sent)
            about = sent.id if sent else ""
            return await clicks.ask_for_preview(events, changes, app, event, about)
    return Clicked(None, clicks.NOT_CONFIGURED)


def _event(
    world: World, app: App, person: Person, url: str, sent: Message | None
) -> dict[str, object]:
    """All who look at a link of a message bring the same token."""
    return {
        "operator": {**ids(world, app, person), "tenant_key": person.tenant_key},
        "host": "im_message",
        "context": {
            "url": url,
            "preview_token": world.make_id("preview", sent.id, url) if sent else "",
            "open_message_id": sent.id if sent else "",
            "open_chat_id": sent.chat_id if sent else "",
        },
    }
