//! The account itself. Nobody real: names, addresses and numbers are examples.

use serde_json::{Value, json};

use super::resource::Resource;
use crate::account::NICHANDLE;
use crate::route::Route;

pub(super) const RESOURCE: Resource = Resource {
    name: "me",
    routes: &[Route {
        template: "/me",
        action: Some("account:apiovh:me/get"),
        key: "nichandle",
        enums: &["state", "country", "language", "legalform", "ovhCompany", "ovhSubsidiary"],
        ..Route::GET
    }],
    ..Resource::VIEW
};

pub(crate) fn nichandle() -> Value {
    json!({
        "nichandle": NICHANDLE, "customerCode": "0000-0000-00", "state": "complete",
        "kycValidated": null, "name": "Doe", "firstname": "Jane",
        "email": "jane.doe@example.com", "spareEmail": null, "organisation": "Example SAS",
        "legalform": "corporation", "corporationType": null,
        "companyNationalIdentificationNumber": null, "nationalIdentificationNumber": null,
        "vat": null, "address": "1 rue Exemple", "complementaryAddress": null, "area": null,
        "city": "Roubaix", "zip": "59100", "country": "FR", "phone": "+33.100000000",
        "phoneCountry": "FR", "phoneType": null, "fax": null, "birthCity": null,
        "birthDay": null, "sex": null, "italianSDI": null, "purposeOfPurchase": null,
        "language": "en_GB", "currency": { "code": "EUR", "symbol": "€" },
        "ovhCompany": "ovh", "ovhSubsidiary": "FR",
    })
}
