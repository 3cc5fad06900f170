//! The second factors of the account's own login: apps, phones, keys and backup codes, in all
//! states. Those of IAM users cannot be read.

use serde_json::{Value, json};

use super::resource::Resource;
use crate::account::{Account, Size};
use crate::draw::Draw;
use crate::route::{Batch, Kind, Route};

const TOTP: &str = "/me/accessRestriction/totp";
const SMS: &str = "/me/accessRestriction/sms";
const U2F: &str = "/me/accessRestriction/u2f";
const BACKUP_CODE: &str = "/me/accessRestriction/backupCode";

/// The schema lists no action for any of them: what service accounts are answered is unverified.
const ROUTE: Route = Route { enums: &["status"], personal: true, ..Route::GET };
const IDS: Route = Route { kind: Kind::Ids, ..ROUTE };
const ONE: Route = Route { kind: Kind::One(Batch::Usual), ..ROUTE };

pub(super) const RESOURCE: Resource = Resource {
    name: "second_factor",
    routes: &[
        Route { template: TOTP, ..IDS },
        Route { template: "/me/accessRestriction/totp/{id}", ..ONE },
        Route { template: SMS, ..IDS },
        Route { template: "/me/accessRestriction/sms/{id}", ..ONE },
        Route { template: U2F, ..IDS },
        Route { template: "/me/accessRestriction/u2f/{id}", ..ONE },
        // Codes that were never made are a 404, by all that is known.
        Route { template: BACKUP_CODE, key: "status", ..ROUTE },
    ],
    generate,
    reference,
};

fn reference(account: &mut Account, draw: &mut Draw) {
    for (list, description, status, used) in [
        (TOTP, "authenticator", "enabled", Some(1)),
        (TOTP, "old phone", "disabled", Some(400)),
        (TOTP, "tablet", "needCodeValidation", None),
        (TOTP, "laptop", "needEmailValidation", None),
        (SMS, "duty phone", "enabled", Some(120)),
        (SMS, "office", "disabled", None),
        (SMS, "new phone", "needCodeValidation", None),
        (SMS, "deputy", "needEmailValidation", None),
        (U2F, "security key", "enabled", None),
        (U2F, "lost key", "disabled", Some(90)),
        (U2F, "spare key", "needCodeValidation", None),
    ] {
        push(account, list, (description, status, used), draw);
    }
    put_backup_code(account, draw);
}

fn generate(account: &mut Account, _: &Size, draw: &mut Draw) {
    push(account, TOTP, ("authenticator", "enabled", Some(2)), draw);
    push(account, SMS, ("duty phone", "disabled", Some(300)), draw);
    push(account, U2F, ("security key", "enabled", Some(1)), draw);
    put_backup_code(account, draw);
}

/// `used`: days ago.
fn push(
    account: &mut Account,
    list: &str,
    (description, status, used): (&str, &str, Option<i64>),
    draw: &mut Draw,
) {
    let first_id = match list {
        TOTP => 501,
        SMS => 401,
        _ => 601,
    };
    let creation = draw.ago(410, 900);
    let used = used.map(|days| draw.days_ago(days));
    let factor = json!({
        "id": first_id + account.list(list).len(), "description": description, "status": status,
        "creationDate": draw.v1(creation), "lastUsedDate": used.map(|second| draw.v1(second)),
    });
    let mut factor = draw.vary_nulls(factor);
    if list == SMS
        && let Some(members) = factor.as_object_mut()
    {
        members.insert("phoneNumber".to_owned(), json!("+33.100000000"));
    }
    account.list_mut(list).push(factor);
}

fn put_backup_code(account: &mut Account, draw: &mut Draw) {
    let creation = draw.ago(100, 400);
    let codes = json!({
        "status": "enabled", "remaining": 8, "creationDate": draw.v1(creation),
        "lastUsedDate": Value::Null,
    });
    account.put(BACKUP_CODE, codes);
}
