"""An authority of our own and what it signs, made by the openssl program."""

import subprocess


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, check=True, capture_output=True).stdout


class Authority:
    """Signs certificates; its own is `certificate`. All files lie in one folder."""

    def __init__(self, folder, name="authority"):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.key = folder / f"{name}.key"
        self.certificate = folder / f"{name}.pem"
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.key)
        openssl("req", "-x509", "-new", "-key", self.key, "-out", self.certificate, "-days", 3650, "-subj", f"/CN={name}")

    def sign(self, name, hosts=("localhost",), days=30, usage="serverAuth"):
        """A certificate and its key: `name.pem`, `name.key`. Negative days: it has expired."""
        key, request, extensions = (self.folder / f"{name}.{end}" for end in ("key", "csr", "ext"))
        certificate = self.folder / f"{name}.pem"
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
        openssl("req", "-new", "-key", key, "-out", request, "-subj", f"/CN={hosts[0]}")
        names = ",".join(f"DNS:{host}" for host in hosts)
        extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage={usage}\n", encoding="utf-8")
        openssl(
            "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
            "-out", certificate, "-days", days, "-extfile", extensions,
        )  # fmt: skip
        return certificate, key
