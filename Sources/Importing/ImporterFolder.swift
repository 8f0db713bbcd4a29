import FoundationEssentials

/// The files of a folder of traces.
enum ImporterFolder {
    /// Names of the plain files, in byte order; hidden files are left out.
    static func files(of folder: String) throws -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw ImportError("\(folder): not a folder that can be read")
        }
        let files = names.filter { name in
            var isFolder = false
            let exists = FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
            return exists && !isFolder && !name.hasPrefix(".")
        }
        guard !files.isEmpty else { throw ImportError("\(folder): no files in it") }
        return files.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }
}
