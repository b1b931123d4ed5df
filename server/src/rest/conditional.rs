//! Conditional requests (RFC 9110, 13) in the document: the request header, and the answer to a client that has the
//! current content. `guard` gives that answer.

use std::collections::BTreeMap;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::{Response as Described, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Required};
use utoipa::{IntoParams, IntoResponses};

/// The header with which a client names the content that it has.
pub(super) struct IfNoneMatch;

impl IntoParams for IfNoneMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let parameter = ParameterBuilder::new()
            .name("If-None-Match")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("ETags of what the client has"))
            .schema(Some(text))
            .build();
        vec![parameter]
    }
}

/// The answer to a client that has the current content.
pub(super) struct NotModified;

impl IntoResponses for NotModified {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let response = ResponseBuilder::new().description("The client has it already").build();
        BTreeMap::from([("304".to_owned(), RefOr::T(response))])
    }
}
