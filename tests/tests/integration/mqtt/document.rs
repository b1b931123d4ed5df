//! `server/MQTT.md` tells the truth: its configurations are read by the server, and its topics are published.

use super::broker::Broker;
use crate::support::TestServer;
use perigee_server::Config;

const DOCUMENT: &str = include_str!("../../../../server/MQTT.md");

/// The blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let begin = format!("```{language}\n");
    DOCUMENT.split(begin.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn each_configuration_of_the_document_is_one_and_all_together_are() {
    let configurations = blocks("toml");
    assert_eq!(configurations.len(), 3);
    for text in &configurations {
        let read = Config::from_text(perigee_tests::GAMES, Some(("MQTT.md", text)));
        read.unwrap_or_else(|error| panic!("{error}:\n{text}"));
    }
    let lamp = configurations[1];
    assert!(lamp.lines().count() <= 11, "a lamp takes about ten lines");
    assert!(blocks("yaml")[0].lines().count() <= 11, "so does a dashboard");
    let all = configurations.concat();
    let error = Config::from_text(perigee_tests::GAMES, Some(("MQTT.md", &all.replace("OFF", "ON")))).err();
    assert!(error.is_none(), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_topics_of_the_dashboard_are_published() {
    let broker = Broker::start().await;
    let server = TestServer::start(&broker.settings("node = \"eu1\"\n")).await;
    let listener = broker.listener().await;
    let mut states = 0;
    for line in blocks("yaml")[0].lines() {
        let Some((key, topic)) = line.trim().split_once("_topic: ") else { continue };
        let topic = topic.trim_matches('"');
        if topic.ends_with("headlines") {
            continue;
        }
        let data = listener.of(topic).await.json()["data"].clone();
        let field = if key == "availability" { "state" } else { "players" };
        assert!(!data[field].is_null(), "{topic} has {field}: {data}");
        states += 1;
    }
    assert_eq!(states, 2);
    server.stop().await;
}
