// What is wrong with a `webhook` rule is said when the rules are loaded.
import TestSupport
import Testing

@testable import Rules

struct WebhookRuleErrorTests {
    private static let place = "rules.json: /collections/main.articles/read"

    @Test(
        arguments: [
            (#"{ "rule": "webhook" }"#, #"\#(place): the key "url" is missing"#),
            (#"{ "rule": "webhook", "url": 1 }"#, "\(place)/url: must be a string, not a number"),
            (
                #"{ "rule": "webhook", "url": "ftp://x.org" }"#,
                #"\#(place)/url: "ftp://x.org" is no URL to ask; such as https://example.org/may-read"#
            ),
            (
                #"{ "rule": "webhook", "url": "https:///x" }"#,
                #"\#(place)/url: "https:///x" is no URL to ask; such as https://example.org/may-read"#
            ),
            (
                #"{ "rule": "webhook", "url": "https://u:p@x.org/" }"#,
                #"\#(place)/url: "https://u:p@x.org/" is no URL to ask; such as https://example.org/may-read"#
            ),
            (
                #"{ "rule": "webhook", "url": "https://x.org", "timeout": "2m" }"#,
                #"\#(place)/timeout: must be a duration from 1ms to 60s, with its unit; such as "500ms", "5s" or "10m""#
            ),
            (
                #"{ "rule": "webhook", "url": "https://x.org", "timeout": "0s" }"#,
                #"\#(place)/timeout: must be a duration from 1ms to 60s, with its unit; such as "500ms", "5s" or "10m""#
            ),
            (
                #"{ "rule": "webhook", "url": "https://x.org", "cache": "2d" }"#,
                #"\#(place)/cache: must be a duration from 1ms to 86400s, with its unit; such as "500ms", "5s" or "10m""#
            ),
            (
                #"{ "rule": "webhook", "url": "https://x.org", "forward": ["A b"] }"#,
                #"\#(place)/forward/0: "a b" is not the name of a header"#
            ),
            (
                #"{ "rule": "webhook", "url": "https://x.org", "forward": ["X-Perigee-Admin-Secret"] }"#,
                #"\#(place)/forward/0: the header "x-perigee-admin-secret" is not handed on"#
            ),
            (
                #"{ "rule": "webhook", "url": "https://x.org", "forward": ["Cookie", "cookie"] }"#,
                #"\#(place)/forward/1: the header "cookie" is named twice"#
            ),
            (
                #"{ "rule": "webhook", "url": "https://x.org", "retries": 1 }"#,
                #"\#(place)/retries: unknown key "retries""#
            ),
        ])
    func `a webhook that cannot be asked`(_ rule: String, _ error: String) {
        let errors = RuleBench.errors(#"{"collections": {"main.articles": {"read": \#(rule)}}}"#)
        #expect(errors == [error])
    }

    @Test(
        arguments: [
            ("https://x.org", true), ("HTTP://x.org/!~", true), ("https://x.org/a b", false),
            (#"https://x.org/\u007f"#, false),
            ("https://x.org/ä", false), ("https://", false),
        ])
    func `a URL is of visible ASCII`(_ url: String, _ isRight: Bool) {
        let rule = #"{ "rule": "webhook", "url": "\#(url)" }"#
        #expect(RuleBench.errors(#"{"collections": {"main.articles": {"read": \#(rule)}}}"#).isEmpty == isRight)
    }
}
