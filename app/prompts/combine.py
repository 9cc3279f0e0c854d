"""The text that is sent: the character description before the prompt."""

_ENDS = ("!", "?", "…", ":", ";", ",")


def combine(description: str, prompt: str) -> str:
    """`"{description}. {prompt}"` without a doubled full stop; either alone if the other is empty.

    A description that ends in another mark keeps it instead of getting a full stop. An empty prompt stays empty: a
    description alone is not a prompt.
    """
    description, prompt = description.strip(), prompt.strip()
    if not description or not prompt:
        return prompt
    if description.endswith(_ENDS):
        return f"{description} {prompt}"
    bare = description.rstrip(". ")
    return f"{bare}. {prompt}" if bare else prompt
