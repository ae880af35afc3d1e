//! From the text of a SearchClause to a tree. Knows no data.
//!
//! Only the forms that were seen working are taken (contracts/peoplevox.md §2.5): a client that gets used to more here
//! would meet its first error at a live tenant. How a quote inside a value is escaped is unknown; a doubled quote and a
//! backslash are both taken.

use jiff::civil::{Date, DateTime, Time};

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Contains,
    StartsWith,
    EndsWith,
}

/// A value in a clause.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Text(String),
    Number(String),
    Bool(bool),
    Date(DateTime),
}

/// A clause whose names are not resolved yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Test { column: Name, op: Op, literal: Literal },
}

/// The name of a column, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub text: String,
    /// Whether it stood in brackets.
    pub bracketed: bool,
}

/// Parentheses and negations deeper than this are refused, so that no request can exhaust the stack.
const MAX_DEPTH: usize = 64;

/// Parses a clause; `None` when it is blank.
pub(crate) fn parse(text: &str) -> Result<Option<Node>, String> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let node = parser.any()?;
    match parser.peek() {
        None => Ok(Some(node)),
        Some(token) => Err(format!("unexpected {token:?}")),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Comma,
    Dot,
    Bang,
    Compare(Op),
    /// A bare name: a column, a method, `AND`, `OR`, `DateTime`.
    Word(String),
    /// A name in brackets: always a column.
    Column(String),
    Text(String),
    Number(String),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut out = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        let mut two = |second: char| {
            let yes = next == Some(second);
            if yes {
                chars.next();
            }
            yes
        };
        out.push(match c {
            c if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            '.' => Token::Dot,
            '=' => {
                two('=');
                Token::Compare(Op::Equal)
            }
            '!' if two('=') => Token::Compare(Op::NotEqual),
            '!' => Token::Bang,
            '<' if two('=') => Token::Compare(Op::AtMost),
            '<' => Token::Compare(Op::Less),
            '>' if two('=') => Token::Compare(Op::AtLeast),
            '>' => Token::Compare(Op::Greater),
            '[' => {
                let name: String = chars.by_ref().map(|(_, c)| c).take_while(|c| *c != ']').collect();
                if !text[at..].contains(']') {
                    return Err("a bracket is not closed".to_owned());
                }
                Token::Column(name)
            }
            '"' | '\'' => {
                let mut value = String::new();
                loop {
                    match chars.next() {
                        None => return Err("a text is not closed".to_owned()),
                        Some((_, '\\')) if chars.peek().is_some_and(|(_, n)| *n == c || *n == '\\') => {
                            value.extend(chars.next().map(|(_, n)| n));
                        }
                        Some((_, q)) if q == c => {
                            if chars.peek().is_some_and(|(_, n)| *n == c) {
                                chars.next();
                                value.push(c);
                            } else {
                                break;
                            }
                        }
                        Some((_, other)) => value.push(other),
                    }
                }
                Token::Text(value)
            }
            c if c.is_ascii_digit() || c == '-' => {
                let mut value = String::from(c);
                while let Some((_, n)) = chars.next_if(|(_, n)| n.is_ascii_digit() || *n == '.') {
                    value.push(n);
                }
                Token::Number(value)
            }
            c if c.is_alphabetic() || c == '_' => {
                let mut value = String::from(c);
                while let Some((_, n)) = chars.next_if(|(_, n)| n.is_alphanumeric() || *n == '_') {
                    value.push(n);
                }
                Token::Word(value)
            }
            other => return Err(format!("unexpected '{other}'")),
        });
    }
    Ok(out)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn word(&mut self, wanted: &str) -> bool {
        let yes = matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
        self.at += usize::from(yes);
        yes
    }

    fn expect(&mut self, wanted: &Token) -> Result<(), String> {
        match self.next() {
            Some(token) if token == *wanted => Ok(()),
            other => Err(format!("wanted {wanted:?}, got {other:?}")),
        }
    }

    fn any(&mut self) -> Result<Node, String> {
        let mut nodes = vec![self.all()?];
        while self.word("OR") {
            nodes.push(self.all()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Any(nodes) })
    }

    fn all(&mut self) -> Result<Node, String> {
        let mut nodes = vec![self.one()?];
        while self.word("AND") {
            nodes.push(self.one()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::All(nodes) })
    }

    fn one(&mut self) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("nested too deeply".to_owned());
        }
        let node = match self.next() {
            Some(Token::Bang) => Node::Not(Box::new(self.one()?)),
            Some(Token::Open) => {
                let node = self.any()?;
                self.expect(&Token::Close)?;
                node
            }
            Some(Token::Column(text)) => self.test(Name { text, bracketed: true })?,
            Some(Token::Word(text)) => self.test(Name { text, bracketed: false })?,
            other => return Err(format!("wanted a column, got {other:?}")),
        };
        self.depth -= 1;
        Ok(node)
    }

    fn test(&mut self, column: Name) -> Result<Node, String> {
        match self.next() {
            Some(Token::Compare(op)) => Ok(Node::Test { column, op, literal: self.literal()? }),
            Some(Token::Dot) => {
                let op = match self.next() {
                    Some(Token::Word(word)) => match word.to_ascii_lowercase().as_str() {
                        "equals" => Op::Equal,
                        "contains" => Op::Contains,
                        "startswith" => Op::StartsWith,
                        "endswith" => Op::EndsWith,
                        _ => return Err(format!("no method '{word}'")),
                    },
                    other => return Err(format!("wanted a method, got {other:?}")),
                };
                self.expect(&Token::Open)?;
                let literal = self.literal()?;
                self.expect(&Token::Close)?;
                Ok(Node::Test { column, op, literal })
            }
            other => Err(format!("wanted a comparison after '{}', got {other:?}", column.text)),
        }
    }

    fn literal(&mut self) -> Result<Literal, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(Literal::Text(text)),
            Some(Token::Number(number)) => Ok(Literal::Number(number)),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("true") => Ok(Literal::Bool(true)),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("false") => Ok(Literal::Bool(false)),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("DateTime") => self.date(),
            other => Err(format!("wanted a value, got {other:?}")),
        }
    }

    /// `(yyyy,MM,dd,HH,mm,ss)`, leading zeros allowed.
    fn date(&mut self) -> Result<Literal, String> {
        self.expect(&Token::Open)?;
        let mut parts: Vec<i16> = Vec::new();
        loop {
            match self.next() {
                Some(Token::Number(number)) => {
                    parts.push(number.parse().map_err(|_| format!("bad date part {number}"))?);
                }
                other => return Err(format!("wanted a date part, got {other:?}")),
            }
            match self.next() {
                Some(Token::Comma) => {}
                Some(Token::Close) => break,
                other => return Err(format!("wanted ',' or ')', got {other:?}")),
            }
        }
        let small = |index: usize| parts.get(index).map_or(Ok(0), |part| i8::try_from(*part));
        let made = (|| {
            if parts.len() != 6 {
                return None;
            }
            let date = Date::new(*parts.first()?, small(1).ok()?, small(2).ok()?).ok()?;
            let time = Time::new(small(3).ok()?, small(4).ok()?, small(5).ok()?, 0).ok()?;
            Some(DateTime::from_parts(date, time))
        })();
        made.map(Literal::Date).ok_or_else(|| format!("no such date: {parts:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(text: &str) -> Node {
        parse(text).unwrap().unwrap()
    }

    #[test]
    fn every_form_of_the_contract_parses() {
        // contracts/peoplevox.md §2.5, the examples of the table.
        for text in [
            r#"SalesOrderNumber.Equals("123")"#,
            r#"Barcode == "8""#,
            r#"A = "8""#,
            r#"F != "x""#,
            r#"!F.Equals("x")"#,
            r#"F!="x""#,
            "[Despatch date] >= DateTime(2024,01,15,00,00,00)",
            "[Despatch date] > '2015-03-01 10:00'",
            "Status.Equals(5)",
            r#"([Site reference].Equals("PrimarySite"))"#,
            r#"!(Name.Contains("a") AND Name.StartsWith("b")) OR Name.EndsWith("c")"#,
        ] {
            assert!(parse(text).is_ok_and(|node| node.is_some()), "{text}");
        }
        assert_eq!(parse("  "), Ok(None));
    }

    #[test]
    fn and_binds_tighter_than_or() {
        let Node::Any(nodes) = ok("A=1 OR B=2 AND C=3") else { panic!("not an OR") };
        assert!(matches!(nodes.as_slice(), [Node::Test { .. }, Node::All(inner)] if inner.len() == 2));
    }

    #[test]
    fn quotes_inside_a_text_may_be_doubled_or_escaped() {
        for text in [r#"A.Equals("say ""hi""")"#, r#"A.Equals("say \"hi\"")"#] {
            let Node::Test { literal, .. } = ok(text) else { panic!("not a test") };
            assert_eq!(literal, Literal::Text("say \"hi\"".into()));
        }
    }

    #[test]
    fn nonsense_is_refused_and_never_panics() {
        let deep = format!("{}A=1{}", "(".repeat(10_000), ")".repeat(10_000));
        for text in [
            "A",
            "A=",
            "=1",
            "A.Equals(1",
            "A.Like(1)",
            "(A=1",
            "A=1)",
            "A=1 B=2",
            "[A",
            "A=\"x",
            "A > DateTime(2024,13,1,0,0,0)",
            "A > DateTime(2024,12,1)",
            "A=1 && B=2",
            "A=1 || B=2",
            "A <> 1",
            "A > DateTime(1,2)",
            "A > DateTime(2024,",
            "¤",
            "!",
            "A.Equals()",
            &deep,
            &"!".repeat(10_000),
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
