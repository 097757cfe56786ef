//! Which addresses may be asked: what a person may connect to, and where a server may send us.

use std::net::IpAddr;

use url::Url;

use super::RemoteError;

pub(super) fn checked_base(address: &str, allow_http: bool) -> Result<Url, RemoteError> {
    let bad = |why: &str| RemoteError::Address { address: without_query(address), why: why.to_owned() };
    let base = Url::parse(address.trim()).map_err(|error| bad(&error.to_string()))?;
    if !base.username().is_empty() || base.password().is_some() {
        return Err(RemoteError::Address {
            address: base.host_str().unwrap_or_default().to_owned(),
            why: "it holds a user or password; give the token by itself instead".to_owned(),
        });
    }
    if base.query().is_some() || base.fragment().is_some() {
        return Err(bad("it holds a query: leave out everything from ? on"));
    }
    match base.scheme() {
        "https" => {}
        "http" if allow_http || is_loopback(&base) => {}
        "http" => return Err(bad("http sends the token in the open: use https, or allow http for this connection")),
        _ => return Err(bad("only https and http are spoken")),
    }
    let is_link_local = match base.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_link_local(),
        Some(url::Host::Ipv6(ip)) => ip.is_unicast_link_local(),
        Some(url::Host::Domain(_)) => false,
        None => return Err(bad("it names no host")),
    };
    if is_link_local { Err(bad("link-local addresses are not asked")) } else { Ok(base) }
}

pub(super) fn is_loopback(address: &Url) -> bool {
    match address.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Whether an address that a server named is of a network behind us that the server itself is not in.
pub(super) fn leads_inside(base: &Url, elsewhere: &Url) -> bool {
    let reach = |address: &Url| addresses_of(address).iter().map(reach_of).max().unwrap_or(Reach::World);
    match reach(elsewhere) {
        Reach::World => false,
        Reach::Inside => reach(base) == Reach::World,
        Reach::Never => true,
    }
}

/// From where an address can be reached.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    World,
    /// This machine or its network.
    Inside,
    /// Where clouds hand out keys.
    Never,
}

fn reach_of(ip: &IpAddr) -> Reach {
    let ip = ip.to_canonical();
    let (is_never, is_inside) = match ip {
        IpAddr::V4(ip) => (ip.is_link_local(), ip.is_private() || ip.is_loopback() || ip.is_unspecified()),
        IpAddr::V6(ip) => (ip.is_unicast_link_local(), ip.is_unique_local() || ip.is_loopback() || ip.is_unspecified()),
    };
    match (is_never, is_inside) {
        (true, _) => Reach::Never,
        (false, true) => Reach::Inside,
        (false, false) => Reach::World,
    }
}

/// What a name stands for; nothing where only a proxy knows.
fn addresses_of(address: &Url) -> Vec<IpAddr> {
    let found = address.socket_addrs(|| None).unwrap_or_default();
    found.into_iter().map(|address| address.ip()).collect()
}

pub(super) fn without_query(address: &str) -> String {
    address.split(['?', '#']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_cannot_send_us_into_a_network_that_it_is_not_in() {
        let leads = |base: &str, to: &str| leads_inside(&Url::parse(base).unwrap(), &Url::parse(to).unwrap());
        for (base, to, is_refused) in [
            ("https://8.8.8.8", "https://10.0.0.5/log", true),
            ("https://8.8.8.8", "https://[::1]/log", true),
            ("https://8.8.8.8", "https://[::ffff:192.168.1.1]/log", true),
            ("https://8.8.8.8", "https://1.1.1.1/log", false),
            ("https://10.0.0.1", "https://10.0.0.5/log", false),
            ("https://10.0.0.1", "https://169.254.169.254/latest", true),
            ("https://10.0.0.1", "https://[fe80::1]/latest", true),
            ("http://127.0.0.1", "http://127.0.0.1:8080/log", false),
        ] {
            assert_eq!(leads(base, to), is_refused, "{base} {to}");
        }
    }
}
