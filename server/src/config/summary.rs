//! A configuration in words, for `check-config`.

use super::Config;

impl Config {
    /// The values in effect, for `check-config`.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut lines = vec![
            format!("bind             {}", self.bind),
            format!("tls              {}", self.tls_words()),
            format!("admin            {}", self.admin_words()),
            format!("allowed origins  {}", self.allowed_origins),
            format!("  for REST       {}", self.rest_origins()),
            format!("framed by        {}", self.http.frame_ancestors.as_sources()),
            format!("trusted proxies  {}", self.http.trusted_proxies),
            format!(
                "connections      {} players, {} of HTTP, {} of any kind from one address",
                self.limits.max_connections,
                self.http.max_connections,
                self.limits.max_connections_per_address
            ),
            format!(
                "lobby            {} rooms, {} private ones, {} from one address, closed after {} ms alone",
                self.lobby.max_rooms,
                self.lobby.max_private_rooms,
                self.lobby.private_rooms_per_address,
                self.lobby.idle_close_ms
            ),
        ];
        lines.push(format!("store            {}", self.store_words()));
        lines.push(format!("mqtt             {}", self.mqtt_words()));
        for room in &self.rooms {
            lines.push(format!(
                "room             {}: {} players{}, interest radius {} units{}{}",
                room.name,
                room.max_players,
                room.fill_words(),
                room.interest_radius_units,
                if room.paused { ", paused" } else { "" },
                room.scenario_words()
            ));
        }
        lines.join("\n")
    }

    fn tls_words(&self) -> String {
        match &self.tls.cert {
            Some(cert) => format!("certificate {}", cert.display()),
            None if self.tls.dev => "a certificate made at the start, for development".to_owned(),
            None => "off".to_owned(),
        }
    }

    fn mqtt_words(&self) -> String {
        let mqtt = &self.mqtt;
        mqtt.url.as_ref().map_or_else(
            || "off".to_owned(),
            |url| format!("{url}, {} orders and {} devices mapped", mqtt.orders.len(), mqtt.devices.len()),
        )
    }

    fn store_words(&self) -> String {
        self.store.file().map_or_else(|| "in memory".to_owned(), |file| file.display().to_string())
    }

    fn admin_words(&self) -> &'static str {
        match (&self.admin.token, self.admin.enabled) {
            (_, false) => "off",
            (Some(_), true) => "on, with the configured token",
            (None, true) => "on, with a token made at the start",
        }
    }
}
