import Sampling
import Synchronization

/// A captured tree in memory, which tests change between rounds.
final class InMemoryFiles: SystemFiles {
    private let state: Mutex<State>

    private struct State {
        var files: [String: [UInt8]] = [:]
        var links: [String: String] = [:]
        var denied: Set<String> = []
    }

    init(_ files: [String: String] = [:]) {
        state = Mutex(State(files: files.mapValues { Array($0.utf8) }))
    }

    /// Loads `Captured/NAME`.
    convenience init(captured name: String) throws {
        self.init()
        try load(RootedFiles(root: Self.capturedRoot(name)), directory: "")
    }

    static func capturedRoot(_ name: String) -> String {
        let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return "/\(folder)/Captured/\(name)"
    }

    subscript(path: String) -> String? {
        get { state.withLock { $0.files[path].map { String(decoding: $0, as: UTF8.self) } } }
        set { state.withLock { $0.files[path] = newValue.map { Array($0.utf8) } } }
    }

    func replace(_ old: String, with new: String, in path: String) {
        guard let text = self[path], let range = text.firstRange(of: old) else {
            preconditionFailure("\(path) does not hold \(old)")
        }
        self[path] = text.replacingCharacters(in: range, with: new)
    }

    func setLink(_ path: String, to target: String) { state.withLock { $0.links[path] = target } }

    func deny(_ path: String) { state.withLock { _ = $0.denied.insert(path) } }

    func removeTree(_ directory: String) {
        state.withLock { state in state.files = state.files.filter { !$0.key.hasPrefix(directory + "/") } }
    }

    func read(_ path: String) throws(FileProblem) -> [UInt8] {
        let (contents, isDenied) = state.withLock { ($0.files[path], $0.denied.contains(path)) }
        if isDenied { throw .denied }
        guard let contents else { throw .missing }
        return contents
    }

    func entries(of directory: String) throws(FileProblem) -> [String] {
        let paths = state.withLock { Array($0.files.keys) + Array($0.links.keys) }
        let names = paths.filter { $0.hasPrefix(directory + "/") }
            .compactMap { $0.dropFirst(directory.count + 1).split(separator: "/").first.map(String.init) }
        guard !names.isEmpty else { throw .missing }
        return Set(names).sorted()
    }

    func linkTarget(_ path: String) -> String? { state.withLock { $0.links[path] } }

    func exists(_ path: String) -> Bool {
        state.withLock { state in
            state.files[path] != nil || state.files.keys.contains { $0.hasPrefix(path + "/") }
        }
    }

    private func load(_ tree: RootedFiles, directory: String) throws {
        for name in try tree.entries(of: directory.isEmpty ? "/" : directory) {
            let path = "\(directory)/\(name)"
            if (try? tree.entries(of: path)) != nil {
                try load(tree, directory: path)
            } else {
                let contents = try tree.read(path)
                state.withLock { $0.files[path] = contents }
            }
        }
    }
}

extension String {
    fileprivate func firstRange(of text: String) -> Range<String.Index>? {
        ranges(of: text).first
    }

    fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
