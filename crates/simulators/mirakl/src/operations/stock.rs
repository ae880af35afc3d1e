//! STO01, STO02, STO03: stock files (contracts/mirakl/offers_stock_prices.txt).

use http::header;
use serde_json::json;
use sim_core::Cx;

use crate::MiraklTwin;
use crate::dispatch::Call;
use crate::imports::Import;
use crate::multipart;
use crate::reply::{self, Outcome, Refusal};
use crate::text::iso;

impl MiraklTwin {
    /// STO01.
    pub(crate) fn import_stock(&mut self, cx: &mut Cx<'_>, call: &Call<'_>) -> Outcome {
        let headers = call.request.headers();
        let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let boundary =
            media.and_then(multipart::boundary).ok_or_else(|| Refusal::new(415, "Unsupported Media Type"))?;
        let parts = multipart::parts(call.request.body(), &boundary)
            .ok_or_else(|| Refusal::bad("The multipart body cannot be read."))?;
        let file = parts
            .iter()
            .find(|part| part.name == "file" && !part.content.is_empty())
            .ok_or_else(|| Refusal::bad("'file' is missing or empty").field("file"))?;
        let id = self.start_import(cx, file.content);
        let location = format!("{}/api/offers/stock/imports/{id}/status", call.base);
        let reply = reply::json(201, &json!({ "import_id": id }));
        Ok(reply::with_header(reply, header::LOCATION, &location))
    }

    /// STO02.
    pub(crate) fn import_status(&self, id: &str) -> Outcome {
        let import = self.import(id)?;
        let body = json!({
            "import_id": import.id,
            "shop_id": self.options.shop_id,
            "status": import.status.code(),
            "date_created": iso(import.created),
            "has_error_report": import.report.is_some(),
            "lines_in_success": import.lines_in_success,
            "lines_in_error": import.lines_in_error,
        });
        Ok(reply::json(200, &body))
    }

    /// STO03.
    pub(crate) fn import_errors(&self, id: &str) -> Outcome {
        let report = self.import(id)?.report.clone().filter(|_| !self.reports_missing);
        report.map(reply::csv).ok_or_else(|| Refusal::missing(format!("Import '{id}' has no error report.")))
    }

    fn import(&self, id: &str) -> Result<&Import, Refusal> {
        self.imports.find(id).ok_or_else(|| Refusal::missing(format!("Import with id '{id}' not found.")))
    }
}
