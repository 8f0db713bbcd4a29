import Documents
import Testing

@Suite struct SuggestionTests {
    static let cases: [(String, String?)] = [
        ("memoryByte", "memoryBytes"), ("memorybytes", "memoryBytes"), ("memroyBytes", "memoryBytes"),
        ("sttae", "state"), ("x", nil), ("colour", nil), ("i", "id"), ("", nil),
    ]

    @Test(arguments: cases) func nearest(word: String, expected: String?) {
        #expect(Suggestion.nearest(to: word, among: ["id", "state", "memoryBytes", "memory"]) == expected)
    }
}
