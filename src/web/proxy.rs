//! The address a request came from when proxies stand before us: what they
//! say is believed of the proxies in the settings only (S35).

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use serde::Deserialize;

use super::visitor::ClientAddress;
use crate::config::Config;

/// An address or a network, such as `10.0.0.1`, `10.0.0.0/8` or `fd00::/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Network, String> {
        let wrong = || {
            format!(
                "`{text}` is no address or network; write such as \"10.0.0.1\" or \"10.0.0.0/8\""
            )
        };
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let address = address.to_canonical();
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| wrong())?;
        if bits > most {
            return Err(wrong());
        }
        Ok(Network { address, bits })
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Network, String> {
        text.parse()
    }
}

impl Network {
    fn contains(self, other: IpAddr) -> bool {
        // A shift by all bits yields nothing: everything is in a network of no bits.
        match (self.address, other) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits())
                .checked_shr(32 - self.bits)
                .is_none_or(|differing| differing == 0),
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits())
                .checked_shr(128 - self.bits)
                .is_none_or(|differing| differing == 0),
            _ => false,
        }
    }
}

/// The header in which the proxies name whom they speak for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyHeader {
    /// `X-Forwarded-For`, what most proxies write.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// Which proxies are believed.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    trusted: Arc<[Network]>,
    header: ProxyHeader,
}

impl Proxies {
    /// Those of the settings.
    pub fn of(config: &Config) -> Proxies {
        Proxies {
            trusted: config.trusted_proxies.clone().into(),
            header: config.proxy_header,
        }
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    /// The nearest address that is none of our proxies. What stands further
    /// left in the header was written by whoever sent the request.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            return client;
        }
        for hop in self.hops(headers).iter().rev() {
            // A hop that is no address (`unknown`, a name) ends what can be known.
            let Some(address) = hop_address(hop) else {
                break;
            };
            client = address;
            if !self.trusts(client) {
                break;
            }
        }
        client
    }

    /// The hops as written, the nearest last.
    fn hops(&self, headers: &HeaderMap) -> Vec<String> {
        let name = match self.header {
            ProxyHeader::XForwardedFor => "x-forwarded-for",
            ProxyHeader::Forwarded => "forwarded",
        };
        let entries = headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().unwrap_or("unknown"))
            .flat_map(|line| line.split(','));
        match self.header {
            ProxyHeader::XForwardedFor => entries.map(|hop| hop.trim().to_owned()).collect(),
            ProxyHeader::Forwarded => entries
                .map(|element| {
                    element
                        .split(';')
                        .filter_map(|pair| pair.split_once('='))
                        .find(|(key, _)| key.trim().eq_ignore_ascii_case("for"))
                        .map_or_else(
                            || "unknown".to_owned(),
                            |(_, value)| value.trim().trim_matches('"').to_owned(),
                        )
                })
                .collect(),
        }
    }
}

/// An address as proxies write it: alone, with a port, IPv6 in brackets.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let address = hop
        .parse()
        .or_else(|_| hop.parse::<SocketAddr>().map(|with_port| with_port.ip()))
        .or_else(|_| hop.trim_start_matches('[').trim_end_matches(']').parse());
    address.ok().map(|address: IpAddr| address.to_canonical())
}

/// A layer (`from_fn_with_state(Proxies::of(…), client_address)`) that notes
/// where a request came from.
pub async fn client_address(
    State(proxies): State<Proxies>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    if let Some(ConnectInfo(peer)) = peer {
        let client = proxies.client(peer.ip(), request.headers());
        request
            .extensions_mut()
            .insert(ClientAddress(client.to_string()));
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], header: ProxyHeader, peer: &str, sent: &[&str]) -> String {
        let proxies = Proxies {
            trusted: trusted.iter().map(|text| text.parse().unwrap()).collect(),
            header,
        };
        let name = match header {
            ProxyHeader::XForwardedFor => "x-forwarded-for",
            ProxyHeader::Forwarded => "forwarded",
        };
        let mut headers = HeaderMap::new();
        for value in sent {
            headers.append(name, value.parse().unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_our_proxies_are_believed() {
        use ProxyHeader::{Forwarded, XForwardedFor};
        let ours: &[&str] = &["10.0.0.0/8", "fd00::1"];
        for (trusted, header, peer, sent, expected) in [
            // Nobody is trusted: what is sent changes nothing.
            (
                &[][..],
                XForwardedFor,
                "192.0.2.1",
                &["1.1.1.1"][..],
                "192.0.2.1",
            ),
            (ours, XForwardedFor, "192.0.2.1", &["1.1.1.1"], "192.0.2.1"),
            (ours, XForwardedFor, "10.0.0.1", &["192.0.2.7"], "192.0.2.7"),
            (
                ours,
                XForwardedFor,
                "::ffff:10.0.0.1",
                &["192.0.2.7"],
                "192.0.2.7",
            ),
            // What stands left of the first foreign address is forged.
            (
                ours,
                XForwardedFor,
                "10.0.0.1",
                &["1.1.1.1, 192.0.2.7, 10.2.0.1"],
                "192.0.2.7",
            ),
            (
                ours,
                XForwardedFor,
                "10.0.0.1",
                &["1.1.1.1", "192.0.2.7"],
                "192.0.2.7",
            ),
            (
                ours,
                XForwardedFor,
                "10.0.0.1",
                &["1.1.1.1, unknown"],
                "10.0.0.1",
            ),
            (ours, XForwardedFor, "10.0.0.1", &[], "10.0.0.1"),
            (
                ours,
                XForwardedFor,
                "fd00::1",
                &["[2001:db8::7]:4711"],
                "2001:db8::7",
            ),
            (ours, XForwardedFor, "fd00::2", &["2001:db8::7"], "fd00::2"),
            (
                ours,
                Forwarded,
                "10.0.0.1",
                &["for=1.1.1.1, For=\"[2001:db8::7]:80\";proto=https"],
                "2001:db8::7",
            ),
            (ours, Forwarded, "10.0.0.1", &["for=_hidden"], "10.0.0.1"),
        ] {
            assert_eq!(
                client(trusted, header, peer, sent),
                expected,
                "{peer} {sent:?}"
            );
        }
    }

    #[test]
    fn networks_are_read_with_care() {
        for (network, address, inside) in [
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("192.168.1.128/25", "192.168.1.127", false),
            ("192.168.1.128/25", "192.168.1.200", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("fd00::/8", "fdff::1", true),
            ("fd00::/8", "fe00::1", false),
            ("10.0.0.0/8", "fd00::1", false),
        ] {
            let network: Network = network.parse().unwrap();
            assert_eq!(
                network.contains(address.parse().unwrap()),
                inside,
                "{network:?} {address}"
            );
        }
        for wrong in [
            "",
            "proxy",
            "10.0.0.0/33",
            "fd00::/129",
            "10.0.0.0/x",
            "10.0.0/8",
        ] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
