import Documents
import Testing

@Suite struct PowerAccountsTests {
    @Test func accountsAreRead() throws {
        let text = """
            accounts:
              - name: lab
                user: admin
                password: "12345"
                trustAnyCertificate: true
              - {name: cellar, user: root, password: x, certificateFile: /etc/drover/cellar.pem}
            """
        let accounts = try PowerAccountsDocument.read(Array(text.utf8), name: "a.yaml")
        #expect(accounts.map(\.name) == ["lab", "cellar"])
        #expect(accounts.map(\.password) == ["12345", "x"])
        #expect(accounts.map(\.trustAnyCertificate) == [true, false])
        #expect(accounts.map(\.certificateFile) == [nil, "/etc/drover/cellar.pem"])
    }

    @Test("all mistakes at once, and no password in any message")
    func mistakes() {
        let text = """
            accounts:
              - {name: lab, user: admin, password: 31337, pasword: hunter2}
              - {name: lab, user: admin, password: hunter3}
              - {name: "", user: 5}
            """
        let error = #expect(throws: DocumentErrors.self) {
            try PowerAccountsDocument.read(Array(text.utf8), name: "a.yaml")
        }
        let messages = error?.issues.map { "\($0)" } ?? []
        #expect(
            messages == [
                "a.yaml:2:40: accounts[0].password: found something else, allowed: a text in quotes",
                "a.yaml:2:47: accounts[0].pasword: unknown key 'pasword', did you mean 'password'",
                "a.yaml:3:12: accounts[1].name: found \"lab\" again, allowed: each account once",
                "a.yaml:4:5: accounts[2].password: is missing, allowed: a text in quotes",
                "a.yaml:4:12: accounts[2].name: found \"\", allowed: a text that is not empty, without control characters",
                "a.yaml:4:22: accounts[2].user: found 5, allowed: a text (in quotes)",
            ])
    }
}
