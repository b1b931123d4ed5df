//! The command line and the environment, which take precedence over the config file.

use super::{Config, ConfigError, layers};
use crate::access::{CONNECTIONS, Origins};
use crate::mqtt::{BrokerUrl, Secret};
use crate::section::Wrong;
use crate::tls::TlsConfig;
use clap::Args;
use clap::builder::{BoolishValueParser, NonEmptyStringValueParser};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where a value is from, for a sentence.
pub(super) const FLAGS_NAME: &str = "the command line or the environment";

/// Flags of the server; each has an environment variable, and each takes precedence over the config file.
#[derive(Args, Clone, Debug, Default)]
pub struct Flags {
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, env = "PERIGEE_BIND", value_name = "IP:PORT", value_parser = layers::parse_address)]
    pub bind: Option<SocketAddr>,

    /// A TOML file that overrides the built-in defaults (assets/config/default.toml lists every key)
    #[arg(long, env = "PERIGEE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// The admin console's token; if omitted, the server creates one and prints it
    #[arg(long, env = "PERIGEE_ADMIN_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub admin_token: Option<String>,

    /// Certificate chain for TLS, PEM
    #[arg(long, env = "PERIGEE_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// Private key for TLS, PEM
    #[arg(long, env = "PERIGEE_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// TLS with a certificate created at the start, for development
    #[arg(long, env = "PERIGEE_DEV_TLS", value_parser = BoolishValueParser::new())]
    pub dev_tls: bool,

    // The comment is also the flag's help, where an address in angle brackets would look like a placeholder.
    #[allow(rustdoc::bare_urls)]
    /// Another site whose pages may open sockets here, such as https://game.example, or * for all; may be repeated,
    /// and separated by commas in the environment
    #[arg(
        long,
        env = "PERIGEE_ALLOW_ORIGIN",
        value_name = "ORIGIN",
        value_delimiter = ',',
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub allow_origin: Vec<String>,

    /// Connections at once
    #[arg(
        long,
        env = "PERIGEE_MAX_CONNECTIONS",
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(*CONNECTIONS.start() as i64..=*CONNECTIONS.end() as i64)
    )]
    pub max_connections: Option<u32>,

    /// An MQTT broker that is told what the feed tells, mqtt://HOST or mqtts://HOST
    #[arg(long, env = "PERIGEE_MQTT_URL", value_name = "URL", hide_env_values = true)]
    pub mqtt_url: Option<String>,

    /// The password for the MQTT broker; better in the environment, or in the file that mqtt.password_file names
    #[arg(long, env = "PERIGEE_MQTT_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    pub mqtt_password: Option<String>,

    /// The file that keeps players, chat and market [default: perigee.db]; :memory: keeps them until the server ends
    #[arg(long, env = "PERIGEE_STORE", value_name = "FILE")]
    pub store: Option<PathBuf>,
}

impl Flags {
    /// Applies the flags to the configuration. A certificate given in one way replaces those given in other ways.
    ///
    /// # Errors
    /// [`ConfigError::Key`]: one that is not valid, which is not repeated if it may hold a secret.
    pub(super) fn apply(&self, config: &mut Config) -> Result<(), ConfigError> {
        if let Some(bind) = self.bind {
            config.bind = bind;
        }
        if let Some(token) = &self.admin_token {
            config.admin.token = Some(token.clone());
        }
        if self.dev_tls {
            config.tls = TlsConfig { dev: true, ..TlsConfig::default() };
        }
        if self.tls_cert.is_some() || self.tls_key.is_some() {
            config.tls.dev = self.dev_tls;
            config.tls.cert = self.tls_cert.clone().or(config.tls.cert.take());
            config.tls.key = self.tls_key.clone().or(config.tls.key.take());
        }
        if !self.allow_origin.is_empty() {
            config.allowed_origins = Origins::new(self.allow_origin.clone());
        }
        if let Some(max_connections) = self.max_connections {
            config.limits.max_connections = max_connections as usize;
        }
        if let Some(url) = &self.mqtt_url {
            config.mqtt.url =
                Some(BrokerUrl::read(url).map_err(|what| wrong(("mqtt.url".to_owned(), what)))?);
        }
        if let Some(password) = &self.mqtt_password {
            config.mqtt.password = Some(Secret::new(password.clone()));
            config.mqtt.password_file = None;
        }
        if let Some(path) = &self.store {
            config.store.path.clone_from(path);
        }
        Ok(())
    }
}

fn wrong((key, what): Wrong) -> ConfigError {
    ConfigError::Key { place: FLAGS_NAME.to_owned(), key, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(flags: &Flags) -> Result<Config, String> {
        Config::load(crate::game::GAMES, flags).map_err(|error| error.to_string())
    }

    #[test]
    fn flags_go_over_the_defaults() {
        let flags = Flags {
            bind: Some("127.0.0.1:1".parse().unwrap()),
            admin_token: Some("long-enough".to_owned()),
            max_connections: Some(3),
            dev_tls: true,
            store: Some(PathBuf::from("other.db")),
            ..Flags::default()
        };
        let config = load(&flags).unwrap();
        assert_eq!(config.store.path, PathBuf::from("other.db"));
        assert_eq!((config.bind.port(), config.limits.max_connections, config.tls.dev), (1, 3, true));
        assert_eq!(config.admin.token.as_deref(), Some("long-enough"));
    }

    #[test]
    fn a_broker_of_the_environment_is_taken_and_a_bad_one_is_not_repeated() {
        let flags = Flags {
            mqtt_url: Some("mqtt://ada@127.0.0.1".to_owned()),
            mqtt_password: Some("s3cret".to_owned()),
            ..Flags::default()
        };
        let config = load(&flags).unwrap();
        assert!(config.summary().contains("mqtt             mqtt://127.0.0.1:1883, 0 orders"));
        assert!(!format!("{config:?}").contains("s3cret"));
        let flags = Flags { mqtt_url: Some("mqtt:/ada:s3cret@there".to_owned()), ..Flags::default() };
        let sentence = load(&flags).unwrap_err();
        assert!(sentence.starts_with("the command line or the environment: mqtt.url: "), "{sentence}");
        assert!(!sentence.contains("s3cret"), "{sentence}");
    }

    #[test]
    fn a_bad_flag_is_told_as_such() {
        let flags = Flags { admin_token: Some("short".to_owned()), ..Flags::default() };
        let sentence = load(&flags).unwrap_err();
        assert!(sentence.starts_with("the command line or the environment: admin.token: "), "{sentence}");
        let flags = Flags { tls_cert: Some(PathBuf::from("a.pem")), ..Flags::default() };
        assert!(load(&flags).unwrap_err().contains("tls.key"));
    }
}
