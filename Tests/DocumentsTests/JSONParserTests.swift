import ClusterModel
import Documents
import Randomness
import TestSupport
import Testing

@Suite struct JSONParserTests {
    static func read(_ text: String) throws -> JSONValue {
        try JSONText.read(Array(text.utf8), name: "x.json")
    }

    static let valid: [(String, JSONValue)] = [
        ("null", .null),
        (" true\n", .bool(value: true)),
        ("[]", .array(values: [])),
        ("{}", .object(fields: [:])),
        (
            "[1,[2],{\"a\":3}]",
            .array(values: [
                .integer(value: 1), .array(values: [.integer(value: 2)]), .object(fields: ["a": .integer(value: 3)]),
            ])
        ),
        ("0", .integer(value: 0)),
        ("-0", .integer(value: 0)),
        ("9223372036854775807", .integer(value: .max)),
        ("-9223372036854775808", .integer(value: .min)),
        ("9223372036854775808", .number(value: 9_223_372_036_854_775_808)),
        ("1e12", .integer(value: 1_000_000_000_000)),
        ("1.5E+3", .integer(value: 1500)),
        ("4096.000", .integer(value: 4096)),
        ("0.000e5", .integer(value: 0)),
        ("120e-1", .integer(value: 12)),
        ("1e18", .integer(value: 1_000_000_000_000_000_000)),
        ("1e19", .number(value: 1e19)),
        ("0.1", .number(value: 0.1)),
        ("-2.5e-3", .number(value: -0.0025)),
        ("123456789012345678.5", .number(value: 123_456_789_012_345_678.5)),
        ("2.2250738585072014e-308", .number(value: 2.2250738585072014e-308)),
        ("1.7976931348623157e308", .number(value: .greatestFiniteMagnitude)),
        ("1e-999", .number(value: 0)),
        (#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#, .string(value: "a\"\\/\u{8}\u{c}\n\r\t\u{e9}\u{1F600}")),
        ("\"\u{e9}\u{20AC}\u{1F600}\"", .string(value: "\u{e9}\u{20AC}\u{1F600}")),
        ("\u{FEFF}[1]", .array(values: [.integer(value: 1)])),
    ]

    @Test(arguments: valid) func readsValues(text: String, value: JSONValue) throws {
        #expect(try Self.read(text) == value)
    }

    static let malformed: [(String, String)] = [
        ("", "x.json:1:1: found the end of the document, allowed: a value"),
        ("{\"a\": 1", "x.json:1:8: found the end of the document, allowed: the rest of an object"),
        ("[1, 2", "x.json:1:6: found the end of the document, allowed: the rest of a list"),
        ("[1,\n 2,]", "x.json:2:4: found ']', allowed: a value"),
        ("{\"a\": 1,}", "x.json:1:9: found '}', allowed: a key in double quotes"),
        ("{a: 1}", "x.json:1:2: found 'a', allowed: a key in double quotes"),
        ("{\"a\" 1}", "x.json:1:6: found '1', allowed: :"),
        ("[1 2]", "x.json:1:4: found '2', allowed: , or ]"),
        ("{\"a\": 1 \"b\": 2}", "x.json:1:9: found '\"', allowed: , or }"),
        ("[1}", "x.json:1:3: found '}', allowed: , or ]"),
        ("1 2", "x.json:1:3: found '2', allowed: nothing after the document's end"),
        ("tru", "x.json:1:1: found 't', allowed: a value"),
        ("NaN", "x.json:1:1: found 'N', allowed: a value"),
        ("-Infinity", "x.json:1:2: found 'I', allowed: a digit"),
        ("01", "x.json:1:2: found '1', allowed: nothing after the document's end"),
        ("1.", "x.json:1:3: found the end of the document, allowed: a digit"),
        (".5", "x.json:1:1: found '.', allowed: a value"),
        ("1e", "x.json:1:3: found the end of the document, allowed: a digit"),
        ("[1e999]", "x.json:1:2: [0]: found 1e999, allowed: a number that a 64-bit double can hold"),
        ("-1e309", "x.json:1:1: found -1e309, allowed: a number that a 64-bit double can hold"),
        ("\"a", "x.json:1:3: found the end of the document, allowed: the rest of a text"),
        ("\"a\nb\"", "x.json:1:3: found byte 10, allowed: control characters only as escapes, for example \\n"),
        ("\"\\x\"", "x.json:1:3: found 'x', allowed: one of \" \\ / b f n r t u after \\"),
        ("\"\\u12g4\"", "x.json:1:6: found 'g', allowed: four hexadecimal digits after \\u"),
        ("\"\\ud800\"", "x.json:1:2: found half a surrogate pair, allowed: whole characters"),
        ("\"\\udc00\\ud800\"", "x.json:1:2: found half a surrogate pair, allowed: whole characters"),
        ("\"\\ud800\\u0041\"", "x.json:1:2: found half a surrogate pair, allowed: whole characters"),
        ("{\"a\": 1, \"a\": 2}", "x.json:1:10: a: duplicate key 'a', allowed: each key once"),
        ("[{\"b\": {\"a\": 1, \"\\u0061\": 2}}]", "x.json:1:17: [0].b.a: duplicate key 'a', allowed: each key once"),
        ("\"é\", 1", "x.json:1:4: found ',', allowed: nothing after the document's end"),
    ]

    @Test(arguments: malformed) func refusesWithPlaceAndReason(text: String, message: String) {
        #expect(Fixtures.errors { _ = try Self.read(text) } == [message])
    }

    /// Ill-formed UTF-8: bare continuation, overlong forms, surrogates, beyond U+10FFFF, cut short.
    static let illFormed: [[UInt8]] = [
        [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
        [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
    ]

    @Test(arguments: illFormed) func refusesIllFormedUTF8(bytes: [UInt8]) {
        let document: [UInt8] = [0x22] + bytes + [0x22]
        #expect(Fixtures.errors { _ = try JSONText.read(document, name: "x.json") }.count == 1)
    }

    @Test func nestingIsLimited() throws {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        _ = try Self.read(deepest)
        #expect(
            Fixtures.errors { _ = try Self.read("[" + deepest + "]") }
                == ["x.json:1:65: found deeper nesting, allowed: at most 64 levels"])
        #expect(Fixtures.errors { _ = try Self.read(String(repeating: "[{\"a\":", count: 1_000_000)) }.count == 1)
    }

    @Test func errorsAreLimitedInNumber() throws {
        let body = (0..<5000).map { _ in "\"a\": 1" }.joined(separator: ", ")
        do {
            _ = try Self.read("{\(body)}")
            Issue.record("5000 duplicate keys were accepted")
        } catch let errors as DocumentErrors {
            #expect(errors.issues.count == 1000)
            #expect(errors.omittedCount == 3999)
            #expect(errors.description.hasSuffix("x.json: and 3999 more errors"))
        }
    }

    /// Any double comes back as it was, and whole numbers up to 2^53 have no exponent.
    @Test func numbersRoundTrip() throws {
        var generator = SplitMix64(seed: 7)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            let text = JSONText.compact(.number(value: value))
            switch try Self.read(text) {
            case .integer(let integer): #expect(Double(integer) == value)
            case .number(let number): #expect(number == value)
            default: Issue.record("\(text) is no number")
            }
        }
        let forms: [(Double, String)] = [
            (1e10, "10000000000"), (0, "0"), (-0.0, "0"), (-3, "-3"), (0.5, "0.5"), (1e15, "1000000000000000"),
            (9_007_199_254_740_992, "9007199254740992"), (1e16, "1e+16"), (1e-7, "1e-07"), (.infinity, "null"),
            (.nan, "null"),
        ]
        for (value, text) in forms { #expect(JSONText.compact(.number(value: value)) == text) }
    }

    @Test func textsRoundTrip() throws {
        let texts = [
            "", "a\"b\\c/d", "\u{0}\u{1}\u{1f}\u{7f}", "line\nbreak\ttab\r", "h\u{e9}llo \u{1F600}", "\u{2028}",
        ]
        for text in texts {
            #expect(try Self.read(JSONText.compact(.string(value: text))) == .string(value: text))
        }
    }

    @Test func keysAreSortedByTheirBytes() {
        let value = JSONValue.object(fields: [
            "b": .null, "a": .null, "B": .null, "\u{e9}": .null, "aa": .null, "\u{1F600}": .null, "\u{FF5E}": .null,
        ])
        #expect(
            JSONText.compact(value)
                == "{\"B\":null,\"a\":null,\"aa\":null,\"b\":null,\"\u{e9}\":null,\"\u{FF5E}\":null,\"\u{1F600}\":null}"
        )
    }
}
