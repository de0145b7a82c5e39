//! Routes of all functions as one: which of them a method and a path are for.

use std::collections::{BTreeMap, BTreeSet};

use carelake_pipeline::{Function, Http, Route};
use http::Method;
use percent_encoding::percent_decode_str;

use super::refused::Refused;

/// The routes of functions.
pub struct Router {
    handlers: Vec<(&'static str, &'static dyn Http)>,
    paths: matchit::Router<Vec<Bound>>,
}

/// A route with what answers it.
#[derive(Clone, Copy)]
pub(crate) struct Bound {
    /// The name of its function.
    pub function: &'static str,
    pub http: &'static dyn Http,
    pub route: &'static Route,
}

/// A request that has a route, with the parts of its path that the route names.
#[derive(Clone)]
pub(crate) struct Found {
    pub bound: Bound,
    pub parts: Vec<(String, String)>,
}

/// Routes that cannot be told apart or cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouterError {
    /// Two functions answer one method and path.
    #[error("{function}: {method} {path} is answered already; give one of the two another path")]
    Twice {
        /// The second function.
        function: &'static str,
        /// The method.
        method: String,
        /// The path.
        path: &'static str,
    },
    /// A path that is none, or that differs from another in the names of its parts only.
    #[error("{function}: the path {path} cannot be a route: {cause}")]
    Path {
        /// The function.
        function: &'static str,
        /// The path.
        path: &'static str,
        /// What is wrong with it.
        cause: String,
    },
}

impl Router {
    /// Takes what answers, each by the name of its function.
    ///
    /// # Errors
    /// [`RouterError`] where two routes cannot be told apart, or one is none.
    pub fn new(handlers: impl IntoIterator<Item = (&'static str, &'static dyn Http)>) -> Result<Self, RouterError> {
        let handlers: Vec<_> = handlers.into_iter().collect();
        let mut by_path: BTreeMap<&'static str, Vec<Bound>> = BTreeMap::new();
        for (function, http) in &handlers {
            for route in http.routes() {
                let there = by_path.entry(route.path).or_default();
                if there.iter().any(|other| other.route.method == route.method) {
                    let method = route.method.to_string();
                    return Err(RouterError::Twice { function, method, path: route.path });
                }
                there.push(Bound { function, http: *http, route });
            }
        }
        let mut paths = matchit::Router::new();
        for (path, bounds) in by_path {
            let function = bounds.first().map_or("", |bound| bound.function);
            let unreadable =
                |error: matchit::InsertError| RouterError::Path { function, path, cause: error.to_string() };
            paths.insert(path, bounds).map_err(unreadable)?;
        }
        Ok(Self { handlers, paths })
    }

    /// Takes the routes of functions, passing over those that have none.
    ///
    /// # Errors
    /// As [`Router::new`].
    pub fn of<'f>(functions: impl IntoIterator<Item = &'f Function>) -> Result<Self, RouterError> {
        Self::new(functions.into_iter().filter_map(|function| Some((function.name, function.http()?))))
    }

    /// Returns every function that answers, with its handler.
    pub(crate) fn handlers(&self) -> &[(&'static str, &'static dyn Http)] {
        &self.handlers
    }

    /// Finds the route of a request.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Found, Refused> {
        let there = self.paths.at(path).map_err(|_| Refused::NoRoute)?;
        let is_for = |wanted: &Method| there.value.iter().find(|bound| bound.route.method == *wanted);
        let bound = is_for(method).or_else(|| (method == Method::HEAD).then(|| is_for(&Method::GET)).flatten());
        let bound = *bound.ok_or_else(|| Refused::WrongMethod { allowed: allowed(there.value) })?;
        let decoded = |value: &str| percent_decode_str(value).decode_utf8().map(|text| text.into_owned());
        let parts = there.params.iter().map(|(name, value)| Ok((name.to_owned(), decoded(value)?)));
        let parts = parts.collect::<Result<_, std::str::Utf8Error>>().map_err(|_| Refused::Path)?;
        Ok(Found { bound, parts })
    }
}

fn allowed(bounds: &[Bound]) -> String {
    let mut methods: BTreeSet<&str> = bounds.iter().map(|bound| bound.route.method.as_str()).collect();
    if methods.contains(Method::GET.as_str()) {
        methods.insert(Method::HEAD.as_str());
    }
    methods.into_iter().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use carelake_pipeline::{Call, Context, Guard};
    use http::Response;

    use super::*;

    struct Handler(&'static [Route]);

    impl Http for Handler {
        fn routes(&self) -> &'static [Route] {
            self.0
        }

        fn answer(&self, _context: &Context<'_>, _call: &Call) -> Response<Bytes> {
            Response::default()
        }
    }

    const fn route(method: Method, path: &'static str) -> Route {
        Route { method, path, guard: Guard::Open, max_body_bytes: 0 }
    }

    static ITEMS: [Route; 3] =
        [route(Method::GET, "/items/{id}"), route(Method::POST, "/items/{id}"), route(Method::GET, "/files/{*rest}")];
    static FIRST: Handler = Handler(&ITEMS);
    static SAME: [Route; 1] = [route(Method::GET, "/items/{id}")];
    static RENAMED: [Route; 1] = [route(Method::DELETE, "/items/{name}")];

    fn parts(router: &Router, method: Method, path: &str) -> Result<Vec<(String, String)>, Refused> {
        router.find(&method, path).map(|found| found.parts)
    }

    #[test]
    fn a_path_leads_to_one_route_and_its_parts_are_decoded() {
        let router = Router::new([("one", &FIRST as &dyn Http)]).unwrap();
        let named = |name: &str, value: &str| Ok(vec![(name.to_owned(), value.to_owned())]);
        assert_eq!(parts(&router, Method::GET, "/items/a%20b%2Fc"), named("id", "a b/c"));
        assert_eq!(parts(&router, Method::HEAD, "/items/a"), named("id", "a"));
        assert_eq!(parts(&router, Method::GET, "/files/a/b"), named("rest", "a/b"));
        assert_eq!(router.find(&Method::POST, "/items/a").unwrap().bound.route.method, Method::POST);
        assert_eq!(parts(&router, Method::GET, "/items/%ff"), Err(Refused::Path));
        for nowhere in ["/items", "/items/", "/items/a/b", "/", "", "*", "//items/a"] {
            assert_eq!(parts(&router, Method::GET, nowhere), Err(Refused::NoRoute), "{nowhere}");
        }
        let allowed = "GET, HEAD, POST".to_owned();
        assert_eq!(parts(&router, Method::PUT, "/items/a"), Err(Refused::WrongMethod { allowed }));
    }

    #[test]
    fn routes_that_cannot_be_told_apart_are_refused_with_the_function() {
        let of = |second: &'static [Route]| {
            let second: &'static Handler = Box::leak(Box::new(Handler(second)));
            Router::new([("one", &FIRST as &dyn Http), ("two", second)]).err()
        };
        let twice = RouterError::Twice { function: "two", method: "GET".to_owned(), path: "/items/{id}" };
        assert_eq!(of(&SAME), Some(twice));
        let told = of(&RENAMED).unwrap().to_string();
        assert!(told.starts_with("two: the path /items/{name} cannot be a route: "), "{told}");
    }
}
