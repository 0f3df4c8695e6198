"""The one exception of the oracle: a request that must be refused."""


class RequestError(Exception):
    """Code and dialect path of a refusal; `path` is None where no path is promised."""

    def __init__(self, code, path, message=""):
        super().__init__(f"{code} at {path}: {message}")
        self.code = code
        self.path = path
        self.message = message

    def response(self):
        return {
            "errors": [
                {
                    "message": self.message,
                    "extensions": {"path": self.path, "code": self.code},
                }
            ]
        }
