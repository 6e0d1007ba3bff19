"""Checks for the values of a store's settings, to be used in ``Annotated``."""

import re

from pydantic import AfterValidator, SecretStr


def not_empty(remedy: str) -> AfterValidator:
    """A check that a credential isn't empty. ``remedy`` says where to get one."""

    def checked(secret: SecretStr) -> SecretStr:
        if not secret.get_secret_value().strip():
            raise ValueError(f"is empty; {remedy}")
        return secret

    return AfterValidator(checked)


def matching(pattern: str, problem: str) -> AfterValidator:
    """A check that a whole text matches a regular expression. ``problem`` says what it must be."""

    def checked(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(problem)
        return text

    return AfterValidator(checked)
