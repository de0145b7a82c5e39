//! Reads an expression by the grammar of FHIRPath.

use super::lexer::{Placed, Token, tokens};
use super::tree::{Expression, Literal, Operator, Part, PathError};

/// How many expressions may be in one another.
const MOST_LEVELS: usize = 50;

/// How many tokens an expression may have: chains of operators and steps become levels of its tree.
const MOST_TOKENS: usize = 1_000;

/// The operators of a level, from the loosest to the closest: `is` and `as` stand between `|` and comparisons.
const LEVELS: [&[(&str, Operator)]; 9] = [
    &[("implies", Operator::Implies)],
    &[("or", Operator::Or), ("xor", Operator::Xor)],
    &[("and", Operator::And)],
    &[("in", Operator::In), ("contains", Operator::Contains)],
    &[("=", Operator::Equal), ("~", Operator::Equivalent), ("!=", Operator::NotEqual), ("!~", Operator::NotEquivalent)],
    &[("<=", Operator::LessOrEqual), ("<", Operator::Less), (">", Operator::Greater), (">=", Operator::GreaterOrEqual)],
    &[("|", Operator::Union)],
    &[("+", Operator::Add), ("-", Operator::Subtract), ("&", Operator::Concatenate)],
    &[("*", Operator::Multiply), ("/", Operator::Divide), ("div", Operator::DivideWhole), ("mod", Operator::Remainder)],
];

/// The level whose operands may have `is` and `as` behind them.
const TYPED_LEVEL: usize = 6;

/// Reads an expression.
pub(crate) fn parse(text: &str) -> Result<Expression, PathError> {
    let tokens = tokens(text)?;
    if let Some(placed) = tokens.get(MOST_TOKENS) {
        return Err(PathError { what: "more than 1,000 tokens".to_owned(), at: placed.at });
    }
    let mut parser = Parser { tokens: &tokens, levels: 0 };
    let expression = parser.level(0)?;
    match parser.peek() {
        Token::End => Ok(expression),
        _ => Err(parser.error("something that does not belong to the expression before it")),
    }
}

struct Parser<'t> {
    tokens: &'t [Placed],
    levels: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.tokens.first().map_or(&Token::End, |placed| &placed.token)
    }

    fn at(&self) -> usize {
        self.tokens.first().map_or(1, |placed| placed.at)
    }

    fn error(&self, what: impl Into<String>) -> PathError {
        PathError { what: what.into(), at: self.at() }
    }

    /// Steps over a token; the end stays.
    fn step(&mut self) {
        if let [_, rest @ ..] = self.tokens
            && !rest.is_empty()
        {
            self.tokens = rest;
        }
    }

    /// Steps over a mark, or a word of the language, if it is the next token.
    fn take(&mut self, text: &str) -> bool {
        let is_next = match self.peek() {
            Token::Mark(mark) => *mark == text,
            Token::Name(name, is_delimited) => !is_delimited && name == text,
            _ => false,
        };
        if is_next {
            self.step();
        }
        is_next
    }

    fn expect(&mut self, text: &str) -> Result<(), PathError> {
        if self.take(text) { Ok(()) } else { Err(self.error(format!("`{text}` is missing"))) }
    }

    fn level(&mut self, level: usize) -> Result<Expression, PathError> {
        let Some(operators) = LEVELS.get(level) else { return self.signed() };
        let mut left = self.operand(level)?;
        while let Some((_, operator)) = operators.iter().find(|(text, _)| self.take(text)) {
            let right = self.operand(level)?;
            let at = left.at;
            left = Expression {
                at,
                part: Part::Binary { left: Box::new(left), operator: *operator, right: Box::new(right) },
            };
        }
        Ok(left)
    }

    fn operand(&mut self, level: usize) -> Result<Expression, PathError> {
        let mut of = self.level(level + 1)?;
        if level != TYPED_LEVEL {
            return Ok(of);
        }
        loop {
            let is_cast = match self.peek() {
                Token::Name(name, false) if name == "is" => false,
                Token::Name(name, false) if name == "as" => true,
                _ => return Ok(of),
            };
            self.step();
            let (name_at, name) = (self.at(), self.type_name()?);
            of = Expression { at: of.at, part: Part::Type { of: Box::new(of), name, name_at, is_cast } };
        }
    }

    fn type_name(&mut self) -> Result<String, PathError> {
        let Token::Name(first, _) = self.peek().clone() else {
            return Err(self.error("the name of a type is missing"));
        };
        self.step();
        if !matches!(first.as_str(), "FHIR" | "System") || !self.take(".") {
            return Ok(first);
        }
        let Token::Name(second, _) = self.peek().clone() else {
            return Err(self.error("the name of a type is missing"));
        };
        self.step();
        Ok(format!("{first}.{second}"))
    }

    fn signed(&mut self) -> Result<Expression, PathError> {
        let at = self.at();
        let is_minus = self.take("-");
        if !is_minus && !self.take("+") {
            return self.path();
        }
        let of = self.nested(Self::signed)?;
        Ok(Expression { at, part: Part::Sign { of: Box::new(of), is_minus } })
    }

    /// Reads what is one level further in.
    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Expression, PathError>,
    ) -> Result<Expression, PathError> {
        if self.levels >= MOST_LEVELS {
            return Err(self.error("more than 50 expressions in one another"));
        }
        self.levels += 1;
        let read = read(self);
        self.levels -= 1;
        read
    }

    fn path(&mut self) -> Result<Expression, PathError> {
        let mut of = self.term()?;
        loop {
            if self.take(".") {
                of = self.invocation(of, false)?;
            } else if self.take("[") {
                let item = self.nested(|parser| parser.level(0))?;
                self.expect("]")?;
                of = Expression { at: of.at, part: Part::Item { of: Box::new(of), item: Box::new(item) } };
            } else {
                return Ok(of);
            }
        }
    }

    fn term(&mut self) -> Result<Expression, PathError> {
        let at = self.at();
        let part = match self.peek().clone() {
            Token::Literal(literal) => Part::Literal(literal),
            Token::Outside(name) => Part::Outside(name),
            Token::Mark("(") => {
                self.step();
                let inner = self.nested(|parser| parser.level(0))?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Mark("{") => {
                self.step();
                self.expect("}")?;
                return Ok(Expression { at, part: Part::Empty });
            }
            Token::Name(name, false) if matches!(name.as_str(), "true" | "false") => {
                Part::Literal(Literal::Boolean(name == "true"))
            }
            Token::Special(name) => {
                if name == "this" {
                    Part::This
                } else {
                    Part::Index
                }
            }
            Token::Name(..) => return self.invocation(Expression { at, part: Part::This }, true),
            Token::End => return Err(self.error("the end where an expression should be")),
            Token::Mark(mark) => return Err(self.error(format!("`{mark}` where an expression should be"))),
        };
        self.step();
        Ok(Expression { at, part })
    }

    fn invocation(&mut self, of: Expression, is_first: bool) -> Result<Expression, PathError> {
        let at = self.at();
        let name = match self.peek().clone() {
            Token::Name(name, _) => name,
            Token::Special(name) if name == "this" => {
                self.step();
                return Ok(of);
            }
            _ => return Err(self.error("a name is missing")),
        };
        self.step();
        if !self.take("(") {
            return Ok(Expression { at, part: Part::Member { of: Box::new(of), name, is_first } });
        }
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.nested(|parser| parser.level(0))?);
                if self.take(")") {
                    break;
                }
                self.expect(",")?;
            }
        }
        Ok(Expression { at, part: Part::Call { of: Box::new(of), name, arguments } })
    }
}
