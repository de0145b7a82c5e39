"""A partner's SFTP server of its own, on 127.0.0.1, over a folder."""

import asyncio
import threading

import asyncssh

USER, PASSWORD = "carelake", "s3cret:w"


class Sftp:
    """A server that lets one user in, by a password or by its key; `before_reads` is done before each read of a file."""

    def __init__(self, folder):
        self.folder, self.before_reads = folder, lambda: None
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.host_key = host_key.get_fingerprint()
        allowed = asyncssh.import_authorized_keys(self.key.export_public_key().decode())
        outer = self

        class Door(asyncssh.SSHServer):
            def password_auth_supported(self):
                return True

            def validate_password(self, user, password):
                return (user, password) == (USER, PASSWORD)

        class Files(asyncssh.SFTPServer):
            def __init__(self, channel):
                super().__init__(channel, chroot=str(folder))

            def read(self, file, offset, size):
                outer.before_reads()
                return super().read(file, offset, size)

        async def listen():
            return await asyncssh.listen(
                "127.0.0.1", 0, server_factory=Door, server_host_keys=[host_key], sftp_factory=Files, authorized_client_keys=allowed,
            )

        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.server = asyncio.run_coroutine_threadsafe(listen(), self.loop).result(30)
        self.port = self.server.get_port()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.server.close)
        asyncio.run_coroutine_threadsafe(self.server.wait_closed(), self.loop).result(30)
        self.loop.call_soon_threadsafe(self.loop.stop)

    def put(self, name, body):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)

    def names(self, folder):
        return sorted(path.name for path in (self.folder / folder).iterdir())
