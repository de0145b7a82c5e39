//! A notice on this machine: kept in the output, and mailed when `notify.smtp` is configured.

use carelake_core::config::{Smtp, SmtpSecurity};
use carelake_core::{ErrorKind, causes};
use carelake_pipeline::Notice;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Message, SmtpTransport, Transport};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::kept::Kept;
use crate::lake::Lake;
use crate::secret::reveal;
use crate::undelivered;

/// Publishes a notice, as `sns:publish` would.
pub(super) fn notify(lake: &Lake, kept: Option<&Kept>, input: &Value) -> Result<Value, Failure> {
    let text = |name: &str| input.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    send(lake, kept, &Notice { subject: text("Subject"), message: text("Message") })?;
    Ok(json!({"MessageId": kept.map(|kept| &kept.id)}))
}

/// Keeps a notice and mails it; one that cannot be mailed leaves a trace.
pub(crate) fn send(lake: &Lake, kept: Option<&Kept>, notice: &Notice) -> Result<(), Failure> {
    let Notice { subject, message } = notice;
    if let Some(kept) = kept {
        lake.output.create(&kept.notice_key(), format!("Subject: {subject}\n\n{message}").as_bytes())?;
    }
    let sent = lake.config.notify.smtp.as_ref().map_or(Ok(()), |smtp| mail(smtp, subject, message));
    undelivered::note(lake, kept.map(|kept| kept.id.as_str()), sent.as_ref().err());
    sent
}

fn mail(smtp: &Smtp, subject: &str, text: &str) -> Result<(), Failure> {
    let untold = |reason: String| {
        Failure::new(ErrorKind::STORAGE, reason)
            .advise("correct notify.smtp in the configuration; the notice is kept in the output")
    };
    let failed = |what: &str, error: &dyn std::error::Error| untold(format!("notify.smtp: {what}: {}", causes(error)));
    let mailbox = |address: &str| address.parse::<Mailbox>().map_err(|error| failed("not a mail address", &error));
    let mut message = Message::builder().from(mailbox(&smtp.from)?).subject(subject);
    for to in &smtp.to {
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
        let password = reveal(secret).map_err(|reason| untold(format!("notify.smtp.password: {reason}")))?;
        builder = builder.credentials(Credentials::new(user.clone(), password));
    }
    builder.build().send(&message).map_err(|error| failed("the mail was not taken", &error))?;
    Ok(())
}
