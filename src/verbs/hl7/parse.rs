//! `carelake hl7 parse`: a message as JSON, or why it cannot be read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use carelake_hl7::{Line, Options, Reader, answer};
use clap::Args;

use crate::failure::Failure;
use crate::options::Global;
use crate::output;
use crate::output::Tone;

/// Show a message as JSON, in the groups of its structure; nothing is stored
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake hl7 parse admission.hl7
  carelake hl7 parse admission.hl7 --json
  carelake hl7 parse --encoding windows-1252 < result.hl7
  carelake hl7 parse messages.jsonl --lines

FILE holds one message; blanks, the characters of MLLP and the lines of a batch around it are passed over. Without FILE, or with -, it
is read from standard input. The answer is the JSON of the message, with --json an object with what was found out about it: outcome,
reason, control_id, version, tables, structure, found_by, segments, warnings, places, json.

With --lines each line of the input is an object {\"id\", \"er7\": base64, \"encoding\"?}, and is answered by such an object, in order.

The exit code is 1 if the message cannot be read; with --lines the answers say so.")]
pub(crate) struct Parse {
    /// The message, or the lines
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Read a message from each line of JSON
    #[arg(long)]
    lines: bool,
    /// Answer as the original does: structures by MSH-9.3, else by code and event; a list of one text is the text; what varies stays
    /// as it was sent
    #[arg(long)]
    compat: bool,
    /// The character set of the message, whatever it says itself
    #[arg(long, value_name = "NAME", conflicts_with = "lines")]
    encoding: Option<String>,
}

impl Parse {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let input = open(self.file.as_deref())?;
        let mut reader = Reader::new(Options { is_original: self.compat, ..Options::default() });
        let unread = |error| unreadable(self.file.as_deref(), &error);
        if self.lines {
            return lines(input, &mut reader, unread);
        }
        let mut message = Vec::new();
        BufReader::new(input).read_to_end(&mut message).map_err(unread)?;
        let result = reader.read(&message, self.encoding.as_deref());
        let code = ExitCode::from(u8::from(result.is_err()));
        let mut stdout = io::stdout().lock();
        if global.json {
            let mut line = Vec::new();
            answer(None, &result, &mut line);
            output::printed(stdout.write_all(&line));
            return Ok(code);
        }
        match result {
            Ok(read) => {
                output::printed(stdout.write_all(read.json).and_then(|()| stdout.write_all(b"\n")));
                for (warning, at) in read.warnings.iter() {
                    let field = if at.field > 0 { format!(", field {}", at.field) } else { String::new() };
                    let name = Tone::Faint.paint(warning.name());
                    output::aside(format_args!("{name} first in segment {}{field}", at.segment));
                }
            }
            Err(refusal) => {
                let subject = Tone::Bad.paint("carelake:");
                output::aside(format_args!("{subject} {refusal}\n  next: {}", refusal.reason.advice()));
            }
        }
        Ok(code)
    }
}

/// Answers a message of each line.
fn lines(
    input: Box<dyn Read>,
    reader: &mut Reader,
    unread: impl Fn(io::Error) -> Failure,
) -> Result<ExitCode, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut answered = Vec::new();
    let mut lines = BufReader::new(input);
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if lines.read_until(b'\n', &mut line).map_err(&unread)? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let read = Line::of(&line).and_then(|line| Ok((line.message()?, line)));
        let (message, line) = read.map_err(|error| {
            Failure::argument(format!("line {number} {error}"))
                .advise("`carelake hl7 parse --help` says what a line is")
        })?;
        answered.clear();
        answer(Some(&line.id), &reader.read(&message, line.encoding.as_deref()), &mut answered);
        if !output::printed(out.write_all(&answered)) {
            break;
        }
    }
    output::printed(out.flush());
    Ok(ExitCode::SUCCESS)
}

/// Opens a file, or standard input.
fn open(file: Option<&Path>) -> Result<Box<dyn Read>, Failure> {
    match file.filter(|file| *file != Path::new("-")) {
        Some(path) => Ok(Box::new(File::open(path).map_err(|error| unreadable(Some(path), &error))?)),
        None => Ok(Box::new(io::stdin())),
    }
}

fn unreadable(file: Option<&Path>, error: &io::Error) -> Failure {
    let name = file.map_or_else(|| "standard input".to_owned(), |file| file.display().to_string());
    Failure::argument(format!("{name} cannot be read: {error}")).advise("name a file that holds a message")
}
