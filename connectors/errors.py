"""The error table: what an answer means, what is done, and what people are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

from connectors.exchange import Answer, Fault
from connectors.retry import RetryPolicy, repeatable
from connectors.verdicts import Action, FieldProblem, RowResult, Verdict, field_problems, short
from pipeline.mapping.compiler.slots import Slot
from pipeline.mapping.conversation.steps import CompiledError, CompiledOutcome, status_is
from pipeline.mapping.expressions.scope import AnswerView
from pipeline.mapping.transforms.registry import RunFacts

_SENTENCES = {
    401: "{title} did not accept the credentials. Check them, and that they belong to the chosen environment.",
    403: "{title} does not allow this account to do that. Check that the account is linked to this restaurant.",
    404: "{title} does not know what was asked for. Check this restaurant's settings.",
    409: "{title} cannot do that at the moment, because something else is going on there.",
    413: "{title} found the request to be too large.",
    429: "{title} asks for a pause, because too many requests came.",
}
_SIGNED_OUT = frozenset({401, 403})
_WORDS_OF_ERRORS = ("message", "error_description", "detail", "description", "title", "error")


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges what comes back, by one mapping's rules; ``title`` is the platform's name for people."""

    title: str
    rules: Sequence[CompiledError]
    retry: RetryPolicy

    def fault(self, fault: Fault, method: str, declared: bool | None) -> Verdict:
        """Judge a request that got no answer."""
        if fault.kind == "auth":
            return Verdict("reconnect", fault.message)
        if fault.kind == "limit":
            return Verdict("wait", fault.message, after=timedelta(seconds=fault.retry_after or 1))
        if repeatable(fault, method, declared):
            return Verdict("retry", self._unanswered(fault))
        told = self._unanswered(fault)
        if fault.sent:
            told += " It may have arrived, so it is not sent again by itself."
        return Verdict("give_up", told)

    def answer(
        self,
        answer: Answer,
        view: AnswerView,
        success: Sequence[int | str],
        names: Mapping[str, Any],
        facts: RunFacts,
        *,
        outcome: CompiledOutcome | None = None,
        message: Slot | None = None,
        waits: bool = False,
    ) -> tuple[Verdict, tuple[RowResult, ...]]:
        """Judge an answer; ``names`` hold it as ``answer``. ``waits``: no word yet means still working."""
        if not any(status_is(answer.status, wanted) for wanted in success):
            return self._refused(answer, view, names, facts, message), ()
        verdict, rows = self.words(view, names, facts, outcome, message, waits=waits)
        if answer.truncated and verdict.good and outcome is not None:
            return Verdict("give_up", f"{self.title}'s answer is longer than what is read."), ()
        if verdict.good or (rows and verdict.action == "retry"):
            # What went well is looked at only by rules that name its status and its words: a menu that
            # comes back in an answer may hold any words by chance.
            rule = self._rule(answer.status, view.raw, names, facts, of_success=True)
        else:
            rule = self._rule(answer.status, view.raw, names, facts)
        return (verdict if rule is None else self._by(rule, verdict, names, facts)), rows

    def words(
        self,
        view: AnswerView,
        names: Mapping[str, Any],
        facts: RunFacts,
        outcome: CompiledOutcome | None,
        message: Slot | None,
        *,
        waits: bool = False,
    ) -> tuple[Verdict, tuple[RowResult, ...]]:
        """Judge by the words of an outcome alone; without one it is done."""
        if outcome is None:
            return Verdict("done"), ()
        detail = short(message.value(names, facts)) if message is not None else ""
        if outcome.rows is not None:
            rows = _rows(outcome, names, facts)
            return _of_rows(rows, self.title, detail), rows
        word, meaning = outcome.word(names, facts)
        if meaning == "working":
            if word is None and not waits:
                return Verdict("give_up", f"{self.title}'s answer does not say what became of it.", detail), ()
            listed = word is None or word in outcome.words
            return Verdict("working", detail=detail, unlisted="" if listed else short(word)), ()
        action: Action = "give_up" if meaning == "failed" else meaning
        told = f"{self.title} refused it: {detail or word}" if action in ("give_up", "retry") else ""
        return Verdict(action, told, detail), ()

    def failed(self, verdict: Verdict, view: AnswerView, names: Mapping[str, Any], facts: RunFacts) -> Verdict:
        """Look a failure that a message reports up in the error rules."""
        rule = self._rule(view.status, view.raw, names, facts)
        return verdict if rule is None else self._by(rule, verdict, names, facts)

    def _refused(
        self, answer: Answer, view: AnswerView, names: Mapping[str, Any], facts: RunFacts, message: Slot | None
    ) -> Verdict:
        detail = short(message.value(names, facts)) if message is not None else ""
        verdict = self._by_status(answer.status, answer.headers, detail or said(view.body))
        rule = self._rule(answer.status, view.raw, names, facts)
        return verdict if rule is None else self._by(rule, verdict, names, facts)

    def _by_status(self, status: int, headers: Mapping[str, str], detail: str) -> Verdict:
        """Judge a refusal that no rule knows."""
        if 300 <= status < 400:
            told = f"{self.title} answered with a redirect (status {status}), which is not followed. Check `base_url`."
            return Verdict("give_up", told, detail)
        if 200 <= status < 300:
            told = f"{self.title} answered with status {status}, which does not stand for success here."
            if "html" in headers.get("content-type", ""):
                told = f"{self.title} answered with a web page (status {status}) instead of data. "
                told += "Check that `base_url` leads there."
            return Verdict("give_up", told, detail)
        sentence = _SENTENCES.get(status)
        if sentence is None and status >= 500:
            sentence = "{title} had a problem of its own (status {status})."
        sentence = (sentence or "{title} refused the request (status {status}).").format(
            title=self.title, status=status
        )
        action: Action = "retry" if self.retry.passing(status) else "give_up"
        if status == 401:
            action = "refresh_token"
        elif status in _SIGNED_OUT:
            action = "reconnect"
        return Verdict(action, sentence, detail)

    def _rule(
        self, status: int, raw: str, names: Mapping[str, Any], facts: RunFacts, *, of_success: bool = False
    ) -> CompiledError | None:
        for rule in self.rules:
            when = rule.form.when
            if of_success and not (when.status and (when.says or when.if_ is not None)):
                continue
            if rule.fits(status, raw, names, facts):
                return rule
        return None

    def _by(self, rule: CompiledError, verdict: Verdict, names: Mapping[str, Any], facts: RunFacts) -> Verdict:
        argument = rule.action.argument
        fields: tuple[FieldProblem, ...] = ()
        if rule.fields is not None:
            fields = field_problems(rule.fields.value(names, facts))
        told = short(rule.message.value(names, facts)) if rule.message is not None else ""
        return replace(
            verdict,
            action=cast("Action", rule.action.word),
            message=told or verdict.message or f"{self.title} refused it: {verdict.detail}".rstrip(": "),
            argument=argument if isinstance(argument, str) else "",
            after=argument if isinstance(argument, timedelta) else None,
            fields=fields,
            rule=rule.position,
        )

    def _unanswered(self, fault: Fault) -> str:
        return f"No answer of {self.title}: {fault.message}" if fault.kind != "refused" else fault.message


def said(body: Any) -> str:
    """Find the sentence in an error's body, in the usual places; empty where there is none.

    >>> said({"errors": [{"detail": "price is negative"}]})
    'price is negative'
    """
    if isinstance(body, list):
        return short([text for entry in body[:20] if (text := said(entry))])
    if not isinstance(body, dict):
        return short(body) if isinstance(body, str) else ""
    for name in _WORDS_OF_ERRORS:
        value = body.get(name)
        if isinstance(value, str) and value.strip():
            return short(value)
    for name in ("errors", "error", "fault"):
        if isinstance(body.get(name), (list, dict)) and (found := said(body[name])):
            return found
    return ""


def _rows(outcome: CompiledOutcome, names: Mapping[str, Any], facts: RunFacts) -> tuple[RowResult, ...]:
    assert outcome.rows is not None
    found: list[RowResult] = []
    for turn in outcome.rows.turns(names, facts):
        inner = {**names, **turn}
        row_id = outcome.id.value(inner, facts) if outcome.id is not None else None
        word, meaning = outcome.word(inner, facts)
        message = outcome.message.value(inner, facts) if outcome.message is not None else None
        found.append(RowResult(short(row_id), meaning, word or "", short(message)))
    return tuple(found)


def _of_rows(rows: tuple[RowResult, ...], title: str, detail: str) -> Verdict:
    """Judge the whole by its rows."""
    meanings = {row.meaning for row in rows}
    failed = sum(row.meaning in ("failed", "retry") for row in rows)
    told = f"{title} refused {failed} of {len(rows)}." if failed else ""
    if not rows:
        return Verdict("give_up", f"{title}'s answer does not say what became of each.", detail)
    if "retry" in meanings:
        return Verdict("retry", told, detail)
    if meanings == {"failed"}:
        return Verdict("give_up", told, detail)
    if "failed" in meanings or "partial" in meanings:
        return Verdict("partial", told, detail)
    return Verdict("working" if "working" in meanings else "done", told, detail)
