"""The calls of the platform that are imitated: the SDKs' names for them, and where they go."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Api"]


class Api(NamedTuple):
    """One call.

    Attributes:
        name: as in the SDKs' typed calls, `im.v1.message.create`; "" where they have none.
        path: below `/open-apis`, with `{names}`.
    """

    name: str
    method: str
    path: str

    @property
    def route(self) -> str:
        return f"{self.method} /open-apis{self.path}"


TOKEN = Api("auth.v3.tenant_access_token.internal", "POST", "/auth/v3/tenant_access_token/internal")
BOT = Api("", "GET", "/bot/v3/info")

SEND = Api("im.v1.message.create", "POST", "/im/v1/messages")
LIST_MESSAGES = Api("im.v1.message.list", "GET", "/im/v1/messages")
REPLY = Api("im.v1.message.reply", "POST", "/im/v1/messages/{message_id}/reply")
GET_MESSAGE = Api("im.v1.message.get", "GET", "/im/v1/messages/{message_id}")
EDIT = Api("im.v1.message.update", "PUT", "/im/v1/messages/{message_id}")
UPDATE_CARD = Api("im.v1.message.patch", "PATCH", "/im/v1/messages/{message_id}")
RECALL = Api("im.v1.message.delete", "DELETE", "/im/v1/messages/{message_id}")
DEFERRED_UPDATE = Api("", "POST", "/interactive/v1/card/update")

REACT = Api("im.v1.message_reaction.create", "POST", "/im/v1/messages/{message_id}/reactions")
REACTIONS = Api("im.v1.message_reaction.list", "GET", "/im/v1/messages/{message_id}/reactions")
UNREACT = Api(
    "im.v1.message_reaction.delete",
    "DELETE",
    "/im/v1/messages/{message_id}/reactions/{reaction_id}",
)

UPLOAD_IMAGE = Api("im.v1.image.create", "POST", "/im/v1/images")
GET_IMAGE = Api("im.v1.image.get", "GET", "/im/v1/images/{image_key}")
UPLOAD_FILE = Api("im.v1.file.create", "POST", "/im/v1/files")
GET_FILE = Api("im.v1.file.get", "GET", "/im/v1/files/{file_key}")
RESOURCE = Api(
    "im.v1.message_resource.get", "GET", "/im/v1/messages/{message_id}/resources/{file_key}"
)

CHATS = Api("im.v1.chat.list", "GET", "/im/v1/chats")
MEMBERS = Api("im.v1.chat_members.get", "GET", "/im/v1/chats/{chat_id}/members")
IS_IN_CHAT = Api(
    "im.v1.chat_members.is_in_chat", "GET", "/im/v1/chats/{chat_id}/members/is_in_chat"
)
CHAT = Api("im.v1.chat.get", "GET", "/im/v1/chats/{chat_id}")
NAMES = Api("contact.v3.user.basic_batch", "POST", "/contact/v3/users/basic_batch")
USER = Api("contact.v3.user.get", "GET", "/contact/v3/users/{user_id}")

_CARD = "/cardkit/v1/cards/{card_id}"
_ELEMENT = f"{_CARD}/elements/{{element_id}}"
CREATE_CARD = Api("cardkit.v1.card.create", "POST", "/cardkit/v1/cards")
REPLACE_CARD = Api("cardkit.v1.card.update", "PUT", _CARD)
SETTINGS = Api("cardkit.v1.card.settings", "PATCH", f"{_CARD}/settings")
BATCH = Api("cardkit.v1.card.batch_update", "POST", f"{_CARD}/batch_update")
STREAM = Api("cardkit.v1.card_element.content", "PUT", f"{_ELEMENT}/content")
ADD_ELEMENT = Api("cardkit.v1.card_element.create", "POST", f"{_CARD}/elements")
REPLACE_ELEMENT = Api("cardkit.v1.card_element.update", "PUT", _ELEMENT)
PATCH_ELEMENT = Api("cardkit.v1.card_element.patch", "PATCH", _ELEMENT)
DELETE_ELEMENT = Api("cardkit.v1.card_element.delete", "DELETE", _ELEMENT)

UPLOAD_ATTACHMENT = Api("drive.v1.media.upload_all", "POST", "/drive/v1/medias/upload_all")
GET_ATTACHMENT = Api("drive.v1.media.download", "GET", "/drive/v1/medias/{file_token}/download")
ATTACHMENT_LINKS = Api(
    "drive.v1.media.batch_get_tmp_download_url",
    "GET",
    "/drive/v1/medias/batch_get_tmp_download_url",
)

_BASE = "/bitable/v1/apps/{app_token}"
_TABLE = f"{_BASE}/tables/{{table_id}}"
BASE = Api("bitable.v1.app.get", "GET", _BASE)
TABLES = Api("bitable.v1.app_table.list", "GET", f"{_BASE}/tables")
FIELDS = Api("bitable.v1.app_table_field.list", "GET", f"{_TABLE}/fields")
CREATE_TABLE = Api("bitable.v1.app_table.create", "POST", f"{_BASE}/tables")
CREATE_FIELD = Api("bitable.v1.app_table_field.create", "POST", f"{_TABLE}/fields")
VIEWS = Api("bitable.v1.app_table_view.list", "GET", f"{_TABLE}/views")
LIST_RECORDS = Api("bitable.v1.app_table_record.list", "GET", f"{_TABLE}/records")
GET_RECORD = Api("bitable.v1.app_table_record.get", "GET", f"{_TABLE}/records/{{record_id}}")
DELETE_RECORD = Api(
    "bitable.v1.app_table_record.delete", "DELETE", f"{_TABLE}/records/{{record_id}}"
)
CREATE_RECORD = Api("bitable.v1.app_table_record.create", "POST", f"{_TABLE}/records")
UPDATE_RECORD = Api("bitable.v1.app_table_record.update", "PUT", f"{_TABLE}/records/{{record_id}}")
CREATE_RECORDS = Api(
    "bitable.v1.app_table_record.batch_create", "POST", f"{_TABLE}/records/batch_create"
)
UPDATE_RECORDS = Api(
    "bitable.v1.app_table_record.batch_update", "POST", f"{_TABLE}/records/batch_update"
)
DELETE_RECORDS = Api(
    "bitable.v1.app_table_record.batch_delete", "POST", f"{_TABLE}/records/batch_delete"
)
GET_RECORDS = Api("bitable.v1.app_table_record.batch_get", "POST", f"{_TABLE}/records/batch_get")
SEARCH = Api("bitable.v1.app_table_record.search", "POST", f"{_TABLE}/records/search")

_APP = "/application/v7/applications/{app_id}"
CONFIGURE = Api("application.v7.application_config.patch", "PATCH", f"{_APP}/config")
PUBLISH = Api("application.v7.application_publish.create", "POST", f"{_APP}/publish")
_READ = "/application/v6/applications/{app_id}"
APPLICATION = Api("application.v6.application.get", "GET", _READ)
VERSIONS = Api("application.v6.application_app_version.list", "GET", f"{_READ}/app_versions")
SCOPES = Api("application.v6.scope.list", "GET", "/application/v6/scopes")
