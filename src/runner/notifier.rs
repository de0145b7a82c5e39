//! A notice on this machine: kept in the output, and mailed when `notify.smtp` is configured.

use carelake_core::config::{Smtp, SmtpSecurity};
use carelake_core::ledger::{LedgerError, Notices, Rows};
use carelake_core::store::StoreError;
use carelake_core::{ErrorKind, causes, hex};
use carelake_pipeline::{MachineSecrets, Notice, Secrets};
use jiff::Timestamp;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Message, SmtpTransport, Transport};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::local::Local;
use crate::failure::Failure;
use crate::kept::Kept;
use crate::lake::Lake;
use crate::{output, undelivered};

/// Who is always told, as notices name them: those whom the section `notify` of the configuration names.
const ALWAYS: &str = "notify";
/// Characters of the hash that names a notice.
const NAME_CHARS: usize = 16;

/// Publishes a notice, as `sns:publish` would: to those who are always told, or to the recipients that it names, as a subscription
/// with a filter on `recipient` gets it.
pub(super) fn notify(local: &Local, kept: Option<&Kept>, input: &Value) -> Result<Value, Failure> {
    let text = |name: &str| input.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let notice = Notice { subject: text("Subject"), message: text("Message") };
    match (recipients(input)?, kept) {
        (recipients, Some(kept)) if !recipients.is_empty() => tell(local, kept, &notice, &recipients)?,
        _ => send(local.lake(), local.ledger(), kept, &notice)?,
    }
    Ok(json!({"MessageId": kept.map(|kept| &kept.id)}))
}

/// Returns the addresses that the attribute `recipient` names: one, or a list of them as JSON.
fn recipients(input: &Value) -> Result<Vec<String>, Failure> {
    let Some(attribute) = input.pointer("/MessageAttributes/recipient") else { return Ok(Vec::new()) };
    let unread =
        || Failure::new(ErrorKind::INVALID_CONFIG, "the attribute recipient of a notice has no text or list of texts");
    let text = attribute.get("StringValue").and_then(Value::as_str).ok_or_else(unread)?;
    match attribute.get("DataType").and_then(Value::as_str) {
        Some("String.Array") => serde_json::from_str(text).map_err(|_| unread()),
        _ => Ok(vec![text.to_owned()]),
    }
}

/// Tells recipients, each once: what was told before, by an attempt whose answer was lost, is not told again. The text is kept
/// beside the history, whether it can be mailed or not.
fn tell(local: &Local, kept: &Kept, notice: &Notice, recipients: &[String]) -> Result<(), Failure> {
    let Notice { subject, message } = notice;
    let text = format!("To: {}\nSubject: {subject}\n\n{message}", recipients.join(", "));
    let name = named(&text);
    let lake = local.lake();
    lake.output.create(&kept.named_notice_key(&name), text.as_bytes())?;
    let (notices, id) = (Notices::new(local.ledger(), &lake.scope), format!("{}/{name}", kept.id));
    for recipient in recipients {
        let is_new = notices.tell(&id, recipient, subject, Timestamp::now())?;
        let is_told = !is_new
            && notices.of(recipient, Timestamp::now())?.iter().any(|it| it.id == id && it.delivered_at.is_some());
        let Some(smtp) = lake.config.notify.smtp.as_ref().filter(|_| !is_told) else { continue };
        let sent = mail(smtp, std::slice::from_ref(recipient), subject, message);
        undelivered::note(lake, Some(&kept.id), sent.as_ref().err());
        sent?;
        notices.delivered(&id, recipient, Timestamp::now())?;
    }
    Ok(())
}

/// Keeps a notice and mails it to those who are always told; one that cannot be mailed leaves a trace. What cannot be noted is told all the
/// same.
pub(crate) fn send(lake: &Lake, ledger: &dyn Rows, kept: Option<&Kept>, notice: &Notice) -> Result<(), Failure> {
    let Notice { subject, message } = notice;
    let text = format!("Subject: {subject}\n\n{message}");
    let noted = kept.map(|kept| (Notices::new(ledger, &lake.scope), format!("{}/{}", kept.id, named(&text))));
    if let Some(kept) = kept {
        keep(lake, kept, &text)?;
    }
    if let Some((notices, id)) = &noted {
        untold("noted", notices.tell(id, ALWAYS, subject, Timestamp::now()).map(drop));
    }
    let sent = lake.config.notify.smtp.as_ref().map_or(Ok(()), |smtp| mail(smtp, &smtp.to, subject, message));
    undelivered::note(lake, kept.map(|kept| kept.id.as_str()), sent.as_ref().err());
    if let (Some((notices, id)), Ok(()), Some(_)) = (&noted, &sent, &lake.config.notify.smtp) {
        untold("noted as delivered", notices.delivered(id, ALWAYS, Timestamp::now()).map(drop));
    }
    sent
}

/// Says that something about a notice could not be noted.
fn untold(what: &str, done: Result<(), LedgerError>) {
    if let Err(error) = done {
        output::aside(format_args!("a notice could not be {what}: {}", causes(&error)));
    }
}

/// Keeps the text of a notice; a second one of an execution beside the first.
fn keep(lake: &Lake, kept: &Kept, text: &str) -> Result<(), Failure> {
    match lake.output.create(&kept.notice_key(), text.as_bytes()) {
        Err(StoreError::Conflict { .. }) => {
            lake.output.create(&kept.named_notice_key(&named(text)), text.as_bytes())?;
        }
        kept => drop(kept?),
    }
    Ok(())
}

/// Returns what tells a notice from the others of its execution.
fn named(text: &str) -> String {
    hex(&Sha256::digest(text)).chars().take(NAME_CHARS).collect()
}

fn mail(smtp: &Smtp, to: &[String], subject: &str, text: &str) -> Result<(), Failure> {
    let untold = |reason: String| {
        Failure::new(ErrorKind::STORAGE, reason)
            .advise("correct notify.smtp in the configuration; the notice is kept in the output")
    };
    let failed = |what: &str, error: &dyn std::error::Error| untold(format!("notify.smtp: {what}: {}", causes(error)));
    let mailbox = |address: &str| address.parse::<Mailbox>().map_err(|error| failed("not a mail address", &error));
    let mut message = Message::builder().from(mailbox(&smtp.from)?).subject(subject);
    for to in to {
        message = message.to(mailbox(to)?);
    }
    let message = message.body(text.to_owned()).map_err(|error| failed("the mail cannot be written", &error))?;
    let builder = match smtp.security {
        SmtpSecurity::None => Ok(SmtpTransport::builder_dangerous(&smtp.host)),
        SmtpSecurity::Starttls => SmtpTransport::starttls_relay(&smtp.host),
        SmtpSecurity::Tls => SmtpTransport::relay(&smtp.host),
    };
    let mut builder = builder.map_err(|error| failed("no secure connection can be made", &error))?.port(smtp.port);
    if let (Some(user), Some(secret)) = (&smtp.username, &smtp.password) {
        let password = MachineSecrets.reveal(secret);
        let password = password.map_err(|failure| untold(format!("notify.smtp.password: {}", failure.reason)))?;
        builder = builder.credentials(Credentials::new(user.clone(), password));
    }
    builder.build().send(&message).map_err(|error| failed("the mail was not taken", &error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::path::Path;
    use std::process::{Child, Command, Stdio};

    use super::super::Rooms;
    use super::super::tests::runner_of;
    use super::*;

    const CONFIG: &str = include_str!("../../pipeline_config.yaml");

    /// Starts a mail server and answers its port, and what prints the mails that come.
    fn server(folder: &Path) -> (Child, u16, impl Iterator<Item = Value>) {
        let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(
            || Path::new(&std::env::var_os("HOME").unwrap()).join(".cache"),
            |cache| Path::new(&cache).to_owned(),
        );
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/mailbox.py");
        let mut server = Command::new(cache.join("carelake/venv/bin/python"))
            .args([script.as_os_str(), "none".as_ref(), folder.as_os_str()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let port = lines.next().unwrap().unwrap().parse().unwrap();
        (server, port, lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()))
    }

    #[test]
    fn recipients_are_told_each_once_and_nobody_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let (mut server, port, mails) = server(folder.path());
        let smtp = format!(
            "notify:\n  smtp:\n    host: 127.0.0.1\n    port: {port}\n    security: none\n    from: carelake@example.org\n    to: [oncall@example.org]\n"
        );
        let config = folder.path().join("pipeline_config.yaml");
        std::fs::write(&config, CONFIG.replace("notify: {}\n", &smtp)).unwrap();
        let local = runner_of(folder.path(), config, Rooms(&[]));
        let kept = Kept::of_execution("intake", "one");
        let publish = |recipients: Value| {
            let attribute = json!({"DataType": "String.Array", "StringValue": recipients.to_string()});
            let input =
                json!({"Subject": "refused", "Message": "no header", "MessageAttributes": {"recipient": attribute}});
            notify(&local, Some(&kept), &input)
        };
        publish(json!(["lab@example.org", "clinic@example.org"])).unwrap();
        publish(json!(["lab@example.org", "clinic@example.org"])).unwrap();
        assert!(publish(json!({"lab": 1})).is_err());
        notify(&local, Some(&kept), &json!({"Subject": "late", "Message": "no file"})).unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
        let told: Vec<Value> = mails.map(|mail| mail["to"].clone()).collect();
        let to = [json!(["lab@example.org"]), json!(["clinic@example.org"]), json!(["oncall@example.org"])];
        assert_eq!(told, to);
        for recipient in ["lab@example.org", ALWAYS] {
            let notices = Notices::new(local.ledger(), &local.lake().scope).of(recipient, Timestamp::now()).unwrap();
            assert!(notices.len() == 1 && notices[0].delivered_at.is_some(), "{notices:?}");
        }
        let texts = local.lake().output.list("_carelake/executions/intake/one/notices/").unwrap();
        assert_eq!(texts.len(), 1);
    }
}
