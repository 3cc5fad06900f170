//! The regions of a Public Cloud project, and the lists that OVHcloud has for each of them.

use futures_util::future::join_all;
use jiff::Timestamp;
use serde::Deserialize;

use crate::api::{self, Identified, Kind, Listing, Route};
use crate::collectors::pass::{Gathered, Part, Pass};
use crate::family::Word;
use crate::inventory::{Project, Scope as _};

pub(in crate::collectors) static REGIONS: Route =
    Route::new("/cloud/project/{serviceName}/region", &["publicCloudProject:apiovh:region/get"]);
pub(in crate::collectors) static ONE_REGION: Route = Route::new(
    "/cloud/project/{serviceName}/region/{regionName}",
    &["publicCloudProject:apiovh:region/get"],
);

/// The words for a region or a service that does not work.
const OUT: [&str; 2] = ["DOWN", "MAINTENANCE"];

/// The part of a region that a list is about.
#[derive(Debug, Clone, Copy)]
pub(in crate::collectors) struct Service {
    /// Its name in messages.
    pub(in crate::collectors) title: &'static str,
    /// The services of a region that it may be, in OVHcloud's words; empty if it is not known which
    /// service it is: then every region that works is asked.
    pub(in crate::collectors) names: &'static [&'static str],
}

/// The state of a service in a region, as the region's own document reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offer {
    /// The region may have it, and be asked for its list.
    Offered,
    /// The region or the service is out of service. It may have objects.
    Out,
    /// The region does not have it.
    None,
}

/// The lists of all regions of a project, with a part for each region.
///
/// # Errors
///
/// The list of regions cannot be read. A list that cannot be read is in the region's [`Part`].
pub(in crate::collectors) async fn in_each<T, F>(
    pass: &Pass<'_>,
    project: &Project,
    service: Service,
    list: impl Fn(Word) -> F,
) -> Result<Gathered<T>, api::Error>
where
    F: Future<Output = Result<Listing<T>, api::Error>>,
{
    let (id, now) = (project.project_id(), pass.schedule().now);
    let question = format!("regions of {id}");
    let regions = pass.daily_if(Regions::will_do, question, || regions(pass, &id)).await?;
    let is_fresh = regions.read_at == now;
    let list = &list;
    let lists = regions.all.iter().map(|region| async {
        offered(pass, &id, region, service, is_fresh).await?;
        list(region.name.clone()).await
    });
    let lists = join_all(lists).await;
    // The objects of a region that is missing from the list have no names.
    let (named, unnamed): (Vec<_>, Vec<_>) =
        regions.lost.iter().cloned().partition(|error| error.object.is_some());
    let mut gathered = Gathered::new(Vec::new(), unnamed);
    for (region, list) in regions.all.iter().zip(lists) {
        let error = match list {
            Ok(mut list) => {
                gathered.items.append(&mut list.objects);
                gathered.lost.append(&mut list.lost);
                None
            }
            Err(error) => Some(error),
        };
        gathered.parts.push(Part { name: region.name.clone(), error });
    }
    // A region whose own call failed may have the service.
    let unknown = named.into_iter().map(|error| {
        let name = error.object.as_deref().map(Word::from).unwrap_or_default();
        Part { name, error: Some(error) }
    });
    gathered.parts.extend(unknown);
    let are_all_listed = gathered.lost.iter().all(|error| error.object.is_some());
    if let Some(error) = nowhere(&gathered.parts, service).filter(|_| are_all_listed) {
        return Err(api::Error { kind: Kind::NotOffered, ..error.clone() });
    }
    Ok(gathered)
}

/// The first error, if every region that may have the list answers 404: OVHcloud does not offer it,
/// rather than that the project has nothing. A region out of service may have a service of known name.
fn nowhere(parts: &[Part], service: Service) -> Option<&api::Error> {
    let is_absent = |part: &Part| {
        let error = part.error.as_ref();
        error.is_some_and(|error| error.object.is_none() && matches!(error.kind, Kind::NotFound(_)))
    };
    let has_none = |part: &&Part| match part.error.as_ref().map(|error| &error.kind) {
        Some(Kind::NotOffered) => true,
        Some(Kind::Maintenance(_)) => service.names.is_empty(),
        _ => false,
    };
    let mut works = parts.iter().filter(|part| !has_none(part));
    let first = works.next().filter(|part| is_absent(part))?;
    works.all(is_absent).then_some(first.error.as_ref()?)
}

/// Whether the region may be asked for the list of a service. The document of a region out of
/// service is read again unless it `is_fresh`, once in a refresh for all lists.
///
/// # Errors
///
/// The service is out of service, or the region does not have it.
async fn offered(
    pass: &Pass<'_>,
    project: &str,
    region: &Region,
    service: Service,
    is_fresh: bool,
) -> Result<(), api::Error> {
    let name = &region.name;
    let mut offer = region.offer(service);
    if offer == Offer::Out && !is_fresh {
        let question = format!("region {name} of {project}");
        let call = ONE_REGION.at(&[project, name]);
        let read = || async { pass.session.object::<Wire>(&call).await.map(Wire::region) };
        let document = pass.once(question, read).await;
        offer = document.map_err(|error| error.of(name))?.offer(service);
    }
    let (kind, member) = match offer {
        Offer::Offered => return Ok(()),
        Offer::Out => {
            let title = service.title;
            let place = format!("{title} in {name}, as its own document reports");
            (Kind::Maintenance(place), "status")
        }
        Offer::None => (Kind::NotOffered, "services"),
    };
    Err(api::Error { kind, ..api::Error::undecodable(&ONE_REGION, member, "") })
}

/// The regions of a project.
#[derive(Debug)]
struct Regions {
    read_at: Timestamp,
    all: Vec<Region>,
    lost: Vec<api::Error>,
}

/// A region.
#[derive(Debug)]
struct Region {
    name: Word,
    is_up: bool,
    /// Its services, and whether each works; `None` if missing.
    services: Option<Vec<(Word, bool)>>,
}

impl Regions {
    /// Whether another request would give the same result for a while. A right that is missing now
    /// may be granted before the next refresh; an undecodable region is still undecodable tomorrow,
    /// and a list without a readable one is no list of OVHcloud's.
    fn will_do(&self) -> bool {
        let is_undecodable = |error: &api::Error| matches!(error.kind, Kind::Undecodable { .. });
        self.lost.is_empty() || (!self.all.is_empty() && self.lost.iter().all(is_undecodable))
    }
}

async fn regions(pass: &Pass<'_>, project: &str) -> Result<Regions, api::Error> {
    let listed = pass.session.each::<Wire>(&REGIONS, &ONE_REGION, &[project]).await?;
    let all = listed.objects.into_iter().map(Wire::region);
    let all = all.filter(|region| !region.name.is_empty()).collect();
    Ok(Regions { read_at: pass.schedule().now, all, lost: listed.lost })
}

/// `cloud.Region`
#[derive(Deserialize)]
struct Wire {
    name: Option<String>,
    status: Option<String>,
    services: Option<Vec<Component>>,
}

impl Identified for Wire {
    const ID: Option<&'static str> = Some("name");
}

/// `cloud.Component`
#[derive(Deserialize)]
struct Component {
    name: Option<String>,
    status: Option<String>,
}

/// Whether the status is not one of those that do not work. A missing status, or one unknown to the
/// schema, is no reason to omit a list: a region without objects reports that itself.
fn is_up(status: Option<&String>) -> bool {
    status.is_none_or(|status| !OUT.contains(&status.as_str()))
}

impl Wire {
    fn region(self) -> Region {
        let services = self.services.map(|services| {
            let named =
                |service: Component| Some((service.name?.into(), is_up(service.status.as_ref())));
            services.into_iter().filter_map(named).collect()
        });
        Region {
            name: self.name.unwrap_or_default().into(),
            is_up: is_up(self.status.as_ref()),
            services,
        }
    }
}

impl Region {
    fn offer(&self, service: Service) -> Offer {
        let here = if self.is_up { Offer::Offered } else { Offer::Out };
        let Some(services) = self.services.as_ref().filter(|_| !service.names.is_empty()) else {
            return here;
        };
        let is_its = |(name, _): &&(Word, bool)| service.names.contains(&&**name);
        let mut its = services.iter().filter(is_its).peekable();
        if its.peek().is_none() {
            return Offer::None;
        }
        if its.any(|(_, is_up)| *is_up) { here } else { Offer::Out }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S3: Service =
        Service { title: "S3", names: &["storage-s3-high-perf", "storage-s3-standard"] };
    const ANY: Service = Service { title: "backups", names: &[] };

    fn offer(service: Service, json: &str) -> Offer {
        serde_json::from_str::<Wire>(json).unwrap().region().offer(service)
    }

    #[test]
    fn a_region_has_s3_or_has_it_out_of_service_or_has_none() {
        for json in [
            r#"{"status":"UP","services":[{"name":"storage-s3-standard","status":"UP"}]}"#,
            r#"{"status":"UP","services":[{"name":"storage-s3-standard","status":"DOWN"},
                {"name":"storage-s3-high-perf","status":"UP"}]}"#,
            r#"{"status":null,"services":[{"name":"storage-s3-high-perf"}]}"#,
            r#"{"status":"BUSY","services":[{"name":"storage-s3-high-perf","status":"SLOW"}]}"#,
            r#"{"status":"UP","services":null}"#,
            "{}",
        ] {
            assert_eq!(offer(S3, json), Offer::Offered, "{json}");
        }
        for json in [
            r#"{"status":"MAINTENANCE","services":[{"name":"storage-s3-standard","status":"UP"}]}"#,
            r#"{"status":"UP","services":[{"name":"storage-s3-standard","status":"DOWN"}]}"#,
            r#"{"status":"DOWN","services":null}"#,
        ] {
            assert_eq!(offer(S3, json), Offer::Out, "{json}");
        }
        for json in [
            r#"{"status":"UP","services":[{"name":"storage","status":"UP"},{}]}"#,
            r#"{"status":"DOWN","services":[]}"#,
        ] {
            assert_eq!(offer(S3, json), Offer::None, "{json}");
        }
    }

    #[test]
    fn a_service_without_a_known_name_is_asked_of_every_region_that_works() {
        for json in [r#"{"status":"UP","services":[]}"#, r#"{"status":"BUSY"}"#, "{}"] {
            assert_eq!(offer(ANY, json), Offer::Offered, "{json}");
        }
        for status in OUT {
            let json = format!(r#"{{"status":"{status}","services":[]}}"#);
            assert_eq!(offer(ANY, &json), Offer::Out, "{json}");
        }
    }
}
