// The console page: complete in itself, and locked to its own script and style.

import Foundation
import Gateway
import Testing

@Suite struct ConsolePageTests {
    @Test func `the policy admits this rendering's script and style and no other`() throws {
        let page = ConsolePage.render()
        let text = String(decoding: page.body, as: UTF8.self)
        #expect(!text.contains("{{"))
        let nonce = try #require(text.firstMatch(of: /<script nonce="([0-9a-f]{32})">/)?.1)
        #expect(text.contains("<style nonce=\"\(nonce)\">"))
        #expect(page.contentSecurityPolicy.contains("script-src 'nonce-\(nonce)';"))
        #expect(page.contentSecurityPolicy.contains("style-src 'nonce-\(nonce)';"))
        #expect(page.contentSecurityPolicy.hasPrefix("default-src 'none';"))
        #expect(ConsolePage.render().contentSecurityPolicy != page.contentSecurityPolicy)
    }

    @Test(arguments: [
        "http://", "https://", " src=", "@import", "url(", "<link", " style=", " onclick=", "innerHTML", "eval(",
    ])
    func `nothing is loaded from elsewhere and nothing needs a wider policy`(text: String) {
        #expect(!String(decoding: ConsolePage.render().body, as: UTF8.self).contains(text))
    }

    @Test func `the page is HTML of one title`() {
        let text = String(decoding: ConsolePage.render().body, as: UTF8.self)
        #expect(text.hasPrefix("<!doctype html>\n"))
        #expect(text.contains("<title>Perigee</title>"))
        #expect(text.hasSuffix("</html>\n"))
        #expect(ConsolePage.render().body.count < 64 << 10)
    }
}
