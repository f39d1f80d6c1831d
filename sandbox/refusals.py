"""How a platform says no: a status, and the words that its own body form is filled with."""

from __future__ import annotations

from typing import Any

import msgspec

from sandbox.exchange import Answer
from sandbox.formulas import Names, Template


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A status with the platform's code and message; both are templates."""

    status: int
    code: Template | None = None
    message: Template | None = None

    def answer(self, form: Template, names: Names, **more: Any) -> Answer:
        """Fill the platform's body form, in which ``code`` and ``message`` are names."""
        known = {**names, **more}
        code = self.code.make(known) if self.code else None
        message = self.message.make(known) if self.message else more.get("problem")
        return Answer(self.status, form.make({**known, "code": code, "message": message}))
