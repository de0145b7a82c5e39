//! Files in a folder of a server that speaks SFTP.

use carelake_pipeline::pipeline::Failure;
use carelake_sftp::{Client, Remote, Settings, SftpError};

use super::record::Record;
use super::{After, Here, Login, PullStatus, Sftp, Work};

/// Digits of a hash behind the name of a file that is moved to where its name is taken.
const DIGITS: usize = 8;

impl Work<'_> {
    /// Brings what is new in the folder, the oldest first.
    pub(super) fn sftp(&mut self, sftp: &Sftp) -> Result<(), Failure> {
        let mut client = self.connect(sftp)?;
        let listing = client.list(&sftp.folder).map_err(failed)?;
        let pattern = sftp.pattern.as_ref().unwrap_or(&self.feed.path);
        let mut files: Vec<Remote> =
            listing.files.into_iter().filter(|file| pattern.matches(&file.name).is_some()).collect();
        files.sort_by(|one, other| (one.modified, &one.name).cmp(&(other.modified, &other.name)));
        for file in files {
            self.file(&mut client, sftp, &file)?;
        }
        Ok(())
    }

    /// Brings one file if it is new, then sees to what becomes of it there.
    fn file(&mut self, client: &mut Client, sftp: &Sftp, file: &Remote) -> Result<(), Failure> {
        let Some(key) = self.landing.key(&self.feed.partner, &file.name) else {
            self.note(&file.name, PullStatus::PassedOver, Some(file.size_bytes));
            return Ok(());
        };
        let known = self.records.get(&file.path)?;
        let is_same = |record: &&Record| (record.size_bytes, record.modified) == (file.size_bytes, file.modified);
        if let Some(record) = known.as_ref().filter(is_same) {
            self.note(&file.name, PullStatus::Unchanged, Some(file.size_bytes));
            return if self.is_dry { Ok(()) } else { Self::see_to(client, sftp, file, &record.sha256) };
        }
        if self.is_dry {
            self.note(&file.name, PullStatus::New, Some(file.size_bytes));
            return Ok(());
        }
        let brought = self.bring(
            &key,
            |incoming| match client.read(file, &mut |bytes| incoming.take(bytes)) {
                // What is not whole is not shown.
                Err(SftpError::Changed { .. } | SftpError::Missing { .. }) => Ok(None),
                done => done.map(Some).map_err(failed),
            },
            |sha256| known.as_ref().is_some_and(|record| record.sha256 == sha256),
        );
        let Some(Here { size_bytes, sha256, .. }) = brought? else {
            self.note(&file.name, PullStatus::Unsettled, Some(file.size_bytes));
            return Ok(());
        };
        let record = Record {
            name: file.name.clone(),
            size_bytes,
            modified: file.modified,
            etag: None,
            last_modified: None,
            sha256,
            brought_at: self.desk.now(),
        };
        self.records.put(&file.path, &record)?;
        self.note(&file.name, PullStatus::Brought, Some(size_bytes));
        Self::see_to(client, sftp, file, &record.sha256)
    }

    /// Moves a file away or deletes it, now that it is here and noted.
    fn see_to(client: &mut Client, sftp: &Sftp, file: &Remote, sha256: &str) -> Result<(), Failure> {
        let done = match &sftp.after {
            After::Leave => return Ok(()),
            After::Delete => client.delete(file),
            After::Move(folder) => {
                let to = format!("{}/{}", folder.trim_end_matches('/'), file.name);
                match client.rename(file, &to) {
                    // The name is taken there, by an earlier content of the file.
                    Err(SftpError::Failed { .. }) => {
                        let digits = sha256.get(..DIGITS).unwrap_or_default();
                        client.rename(file, &format!("{to}.{digits}"))
                    }
                    done => done,
                }
            }
        };
        match done {
            // Written anew since: that is a file that is still to come.
            Ok(()) | Err(SftpError::Missing { .. } | SftpError::Changed { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    fn connect(&self, sftp: &Sftp) -> Result<Client, Failure> {
        let secrets = self.desk.context.secrets;
        let host_keys = sftp.host_keys.iter().map(|key| key.parse()).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let login = match &sftp.login {
            Login::Key(secret) => carelake_sftp::Login::Key(secrets.reveal(secret)?),
            Login::Password(secret) => carelake_sftp::Login::Password(secrets.reveal(secret)?),
        };
        Client::new(Settings::new(&sftp.host, sftp.port, &sftp.user, host_keys, login)).map_err(failed)
    }
}

fn failed(error: SftpError) -> Failure {
    Failure::new(error.kind(), carelake_core::causes(&error))
}
