//! What somebody says by the form of a page: it counts at once, and what is to be looked at next is shown.

use bytes::Bytes;
use carelake_pipeline::page::{Answered, Said};
use carelake_pipeline::pipeline::Failure;
use http::{Response, StatusCode};

use super::Request;
use crate::draw::{Refused, page};
use crate::headers::{HTML, answer, see};
use crate::own;
use crate::session::form::{self, Fields};
use crate::session::roles::Role;

/// The longest comment, in letters.
const MOST_LETTERS: usize = 4_000;

impl Request<'_> {
    /// Has a room take an answer. One that does not count is told why, on the page as it is now, with what was written.
    pub(super) fn said(&self, mut fields: Fields) -> Result<Response<Bytes>, Failure> {
        let uri = self.call.request.uri();
        let (path, query) = (uri.path(), form::query(uri.query().unwrap_or_default()));
        let mut take = |name: &str| fields.remove(name).unwrap_or_default();
        take("token");
        let answer_of_form = take("answer");
        let comment: String = take("comment").chars().take(MOST_LETTERS).collect();
        let said = Said { answer: answer_of_form, comment, carried: fields };
        let asked = self.asked(&query);
        let Some((shows_persons, answered)) =
            own::answer(&asked, path, &said, |shows_persons| self.may(shows_persons))?
        else {
            return Ok(self.nothing());
        };
        let Some(answered) = answered else { return self.forbidden(self.wants(shows_persons), "answer this") };
        match answered {
            Answered::Taken { next } => Ok(see(&own::path_of(path, next.as_deref(), &query))),
            Answered::Refused { says, is_late } => {
                let status = if is_late { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
                let Some(shown) = self.shown(path, &query)? else { return Ok(self.nothing()) };
                self.note_persons(path, &shown)?;
                let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(&query).finish();
                let nav = self.nav();
                let refused = Refused { says: &says, comment: &said.comment };
                let frame = crate::draw::Frame { query: &text, refused: Some(&refused), ..self.frame(path, &nav) };
                Ok(answer(status, HTML, page(&frame, &shown, self.session.has(Role::Operator))))
            }
        }
    }

    /// Returns whether somebody may answer on pages of this kind.
    fn may(&self, shows_persons: bool) -> bool {
        if shows_persons { self.sees_persons() } else { self.session.has(Role::Operator) }
    }

    const fn wants(&self, shows_persons: bool) -> Role {
        if shows_persons { Role::Reviewer } else { Role::Operator }
    }
}
