"""What goes wrong with DynamoDB and S3, as one sentence that names what to look at, and whether to try again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pipeline.store.dynamodb.values import Item
from pipeline.store.protocol import LimitExceeded, StoreBusy, StoreError

CONDITION_FAILED = "ConditionalCheckFailed"

_THROTTLED = "takes no more requests for now: raise the tables' capacity, or look at what else uses them"
_CONFLICT = "was asked to change the same records by too many processes at once"
_AGAIN = {
    "ProvisionedThroughputExceededException": _THROTTLED,
    "ProvisionedThroughputExceeded": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "ThrottlingError": _THROTTLED,
    "Throttling": _THROTTLED,
    "RequestLimitExceeded": _THROTTLED,
    "SlowDown": _THROTTLED,
    "TransactionConflictException": _CONFLICT,
    "TransactionConflict": _CONFLICT,
    "TransactionInProgressException": _CONFLICT,
    "ReplicatedWriteConflictException": _CONFLICT,
    "InternalServerError": "is out of order for now",
    "InternalFailure": "is out of order for now",
    "InternalError": "is out of order for now",
    "ServiceUnavailable": "is out of order for now",
}  # fmt: skip
"""Codes of answers after which the same request may succeed, and of reasons why a transaction was cancelled."""
_REFUSED_ACCESS = "refused the credentials of this program: check them, their rights and AWS_REGION"
_SENTENCES = {
    "AccessDeniedException": _REFUSED_ACCESS,
    "AccessDenied": _REFUSED_ACCESS,
    "UnrecognizedClientException": _REFUSED_ACCESS,
    "InvalidSignatureException": _REFUSED_ACCESS,
    "IncompleteSignatureException": _REFUSED_ACCESS,
    "MissingAuthenticationTokenException": _REFUSED_ACCESS,
    "InvalidAccessKeyId": _REFUSED_ACCESS,
    "SignatureDoesNotMatch": _REFUSED_ACCESS,
    "ExpiredTokenException": "refused the credentials of this program, because they have expired: renew them",
    "ExpiredToken": "refused the credentials of this program, because they have expired: renew them",
    "ResourceNotFoundException": "has no table or index of that name: make the tables as deploy/template.yaml says, "
    "or check DYNAMODB_TABLE_PREFIX and AWS_REGION",
    "NoSuchBucket": "has no bucket of that name: check SNAPSHOT_BUCKET",
}  # fmt: skip
_NO_CONNECTION = {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "TokenRetrievalError"}
_TOO_LARGE = re.compile(r"\b(size|exceeded|larger|longer|too (large|long|many))\b", re.IGNORECASE)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed request."""

    error: StoreError
    """What to raise when it is not tried again."""
    again: bool


class Refused(Exception):
    """A condition did not hold, so nothing was written; ``items`` are what stood there, by the write's place."""

    def __init__(self, items: dict[int, Item]) -> None:
        super().__init__("a condition did not hold")
        self.items = items


def refusal_of(error: Exception) -> Refused | None:
    """Give which conditions did not hold, where an answer says that."""
    response = _response(error)
    code = response.get("Error", {}).get("Code", "")
    if code == "ConditionalCheckFailedException":
        return Refused({0: response.get("Item") or {}})
    if code != "TransactionCanceledException":
        return None
    reasons = response.get("CancellationReasons", [])
    held = {
        place: reason.get("Item") or {}
        for place, reason in enumerate(reasons)
        if reason.get("Code") == CONDITION_FAILED
    }
    return Refused(held) if held else None


def failure_of(error: Exception, service: str) -> Failure:
    """Say what a botocore exception means for ``service``, a name such as "DynamoDB"."""
    response = _response(error)
    if not response:
        return _unanswered(error, service)
    code = str(response.get("Error", {}).get("Code", ""))
    message = " ".join(str(response.get("Error", {}).get("Message", "")).split())[:_LONGEST].rstrip(".")
    if code == "TransactionCanceledException":
        reasons = [reason for reason in response.get("CancellationReasons", []) if reason.get("Code") != "None"]
        codes = [str(reason.get("Code")) for reason in reasons]
        passing = [reason for reason in codes if reason in _AGAIN]
        if passing and len(passing) == len(codes):
            return Failure(StoreBusy(f"{service} {_AGAIN[passing[0]]} ({passing[0]})."), again=True)
        code = next((reason for reason in codes if reason not in _AGAIN), code)
        message = next((str(reason.get("Message") or "") for reason in reasons if reason.get("Code") == code), message)
        message = " ".join(message.split())[:_LONGEST].rstrip(".")
    if code in _AGAIN:
        return Failure(StoreBusy(f"{service} {_AGAIN[code]} ({code})."), again=True)
    if code in _SENTENCES:
        return Failure(StoreError(f"{service} {_SENTENCES[code]} ({code})."), again=False)
    if code in ("ValidationException", "ValidationError") and _TOO_LARGE.search(message):
        return Failure(LimitExceeded(f"{service} takes nothing as large as this: {message}."), again=False)
    if code == "ItemCollectionSizeLimitExceeded":
        return Failure(LimitExceeded(f"{service} keeps no more under one key: {message}."), again=False)
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status in (429, 500, 502, 503, 504):
        return Failure(StoreBusy(f"{service} is out of order for now (HTTP {status})."), again=True)
    return Failure(StoreError(f"{service} did not do its work: {message or 'no reason given'} ({code})."), again=False)


def is_botocores(error: Exception) -> bool:
    """Tell whether an exception is about the network or AWS, and not a mistake in this program."""
    return bool(_response(error)) or type(error).__module__.startswith(("botocore", "urllib3", "http"))


def _response(error: Exception) -> dict[str, Any]:
    """Give what AWS answered; nothing where there was no answer (botocore then says None, or has no such attribute)."""
    response = getattr(error, "response", None)
    return response if isinstance(response, dict) else {}


def _unanswered(error: Exception, service: str) -> Failure:
    name = type(error).__name__
    if name in _NO_CONNECTION:
        sentence = f"{service} cannot be asked without AWS credentials: set them, or DYNAMODB_ENDPOINT for a local one"
        return Failure(StoreError(f"{sentence} ({name})."), again=False)
    if name in ("ParamValidationError", "UnknownServiceError", "InvalidEndpointConfigurationError", "ValueError"):
        reason = " ".join(str(error).split())[:_LONGEST].rstrip(".")
        return Failure(StoreError(f"{service} cannot be asked: {reason}."), again=False)
    return Failure(
        StoreBusy(f"{service} gives no answer: check the network, AWS_REGION and DYNAMODB_ENDPOINT ({name})."),
        again=True,
    )
