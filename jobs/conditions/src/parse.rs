//! Reads a condition.

use crate::condition::{Comparison, Condition, Literal, Question, Test};
use crate::token::{Token, Word, tokens};
use crate::{Number, Path};

/// Why a text is no condition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("character {at}: {what}; a condition is such as: kind is null or (size > 3 and kind not in ('a', 'b'))")]
pub struct ConditionError {
    /// Which character, from 1.
    pub at: usize,
    /// What is wrong.
    pub what: &'static str,
}

/// Brackets in one another, at most.
const MOST_DEEP: usize = 32;

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// [`ConditionError`] with the place.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, next: 0, end: text.chars().count() + 1, deep: 0 };
        let condition = parser.any()?;
        match parser.peek() {
            None => Ok(condition),
            Some(_) => Err(parser.wrong("the condition is over before this")),
        }
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    next: usize,
    end: usize,
    deep: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Condition, ConditionError> {
        let mut all = vec![self.all()?];
        while self.keyword("or") {
            all.push(self.all()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Condition::Or(all) })
    }

    fn all(&mut self) -> Result<Condition, ConditionError> {
        let mut all = vec![self.one()?];
        while self.keyword("and") {
            all.push(self.one()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Condition::And(all) })
    }

    fn one(&mut self) -> Result<Condition, ConditionError> {
        self.deep += 1;
        if self.deep > MOST_DEEP {
            return Err(self.wrong("brackets and `not` in one another too often"));
        }
        let read = if self.keyword("not") {
            Condition::Not(Box::new(self.one()?))
        } else if self.sign("(") {
            let inner = self.any()?;
            if !self.sign(")") {
                return Err(self.wrong("`)` is missing"));
            }
            inner
        } else {
            self.predicate()?
        };
        self.deep -= 1;
        Ok(read)
    }

    fn predicate(&mut self) -> Result<Condition, ConditionError> {
        let at = self.at();
        let path = match self.take() {
            Some(Word::Name(name)) => Path::parse(&name),
            Some(Word::Quoted(name)) => Some(Path::member(&name)),
            _ => None,
        };
        let path = path.ok_or(ConditionError { at, what: "a name must be here, such as kind or address.city" })?;
        if self.keyword("is") {
            let is_not = self.keyword("not");
            if !self.keyword("null") {
                return Err(self.wrong("`null` must be here"));
            }
            return Ok(negated(is_not, test(path, Question::IsNull)));
        }
        let is_not = self.keyword("not");
        if self.keyword("in") {
            return Ok(negated(is_not, test(path, Question::In(self.literals()?))));
        }
        if is_not {
            return Err(self.wrong("`in` must be here"));
        }
        let at = self.at();
        let comparison = match self.take() {
            Some(Word::Sign(sign)) => comparison(sign),
            _ => None,
        };
        let comparison =
            comparison.ok_or(ConditionError { at, what: "`is`, `in`, `not in` or a comparison must be here" })?;
        Ok(test(path, Question::Compare(comparison, self.literal()?)))
    }

    fn literals(&mut self) -> Result<Vec<Literal>, ConditionError> {
        if !self.sign("(") {
            return Err(self.wrong("`(` must be here"));
        }
        let mut literals = vec![self.literal()?];
        while self.sign(",") {
            literals.push(self.literal()?);
        }
        if self.sign(")") { Ok(literals) } else { Err(self.wrong("`)` is missing")) }
    }

    fn literal(&mut self) -> Result<Literal, ConditionError> {
        let at = self.at();
        let literal = match self.take() {
            Some(Word::Text(text)) => Some(Literal::Text(text)),
            Some(Word::Number(text)) => Number::parse(&text).map(Literal::Number),
            Some(Word::Name(name)) if name.eq_ignore_ascii_case("true") => Some(Literal::Bool(true)),
            Some(Word::Name(name)) if name.eq_ignore_ascii_case("false") => Some(Literal::Bool(false)),
            _ => None,
        };
        literal.ok_or(ConditionError { at, what: "a value must be here: 'text', a number, true or false" })
    }

    fn peek(&self) -> Option<&Word> {
        self.tokens.get(self.next).map(|token| &token.word)
    }

    fn take(&mut self) -> Option<Word> {
        let word = self.peek().cloned();
        self.next += 1;
        word
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let is_here = matches!(self.peek(), Some(Word::Name(name)) if name.eq_ignore_ascii_case(keyword));
        self.next += usize::from(is_here);
        is_here
    }

    fn sign(&mut self, sign: &str) -> bool {
        let is_here = matches!(self.peek(), Some(Word::Sign(other)) if *other == sign);
        self.next += usize::from(is_here);
        is_here
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |token| token.at)
    }

    fn wrong(&self, what: &'static str) -> ConditionError {
        ConditionError { at: self.at(), what }
    }
}

const fn test(path: Path, question: Question<Literal>) -> Condition {
    Condition::Test(Test { path, question })
}

fn negated(is_not: bool, condition: Condition) -> Condition {
    if is_not { Condition::Not(Box::new(condition)) } else { condition }
}

fn comparison(sign: &str) -> Option<Comparison> {
    Some(match sign {
        "=" => Comparison::Equal,
        "!=" | "<>" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}
