import Foundation
import Testing

/// Drover's own declarations of libvirt's interface, compared with an installed libvirt's headers.
@Suite struct DeclarationTests {
    private static let header = "/usr/include/libvirt/libvirt.h"
    private static let includes = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/CLibvirt/include").standardizedFileURL.path

    /// Every value, every name, every function's type, and every structure's size and offsets.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: header), "libvirt-dev is not installed"))
    func sameAsLibvirtsHeaders() throws {
        let result = try compile(check: try checks())
        #expect(result.status == 0, "\(result.output)")
    }

    /// The comparison does compare: one wrong value is found.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: header), "libvirt-dev is not installed"))
    func aWrongValueIsFound() throws {
        let wrong = "_Static_assert(CLV_DOMAIN_PAUSED == VIR_DOMAIN_RUNNING, \"wrong on purpose\");\n"
        let result = try compile(check: try checks() + wrong)
        #expect(result.status != 0)
        #expect(result.output.contains("wrong on purpose"))
    }

    private func checks() throws -> String {
        let constants = try String(contentsOfFile: Self.includes + "/clibvirt_constants.h", encoding: .utf8)
        let names = constants.matches(of: /#define CLV_([A-Z_]+) "/).map { String($0.output.1) }
        try #require(names.count > 10)
        let layouts: [(ours: String, theirs: String, fields: [String])] = [
            ("clv_typed_parameter", "virTypedParameter", ["field", "type", "value"]),
            ("clv_domain_stats_record", "virDomainStatsRecord", ["dom", "params", "nparams"]),
            (
                "clv_node_info", "virNodeInfo",
                ["model", "memory", "cpus", "mhz", "nodes", "sockets", "cores", "threads"]
            ),
            ("clv_node_cpu_stats", "virNodeCPUStats", ["field", "value"]),
            ("clv_node_memory_stats", "virNodeMemoryStats", ["field", "value"]),
            ("clv_domain_block_info", "virDomainBlockInfo", ["capacity", "allocation", "physical"]),
            ("clv_domain_info", "virDomainInfo", ["state", "maxMem", "memory", "nrVirtCpu", "cpuTime"]),
            ("clv_domain_memory_stat", "virDomainMemoryStatStruct", ["tag", "val"]),
            (
                "clv_error", "virError",
                ["code", "domain", "message", "level", "conn", "dom", "str1", "str2", "str3", "int1", "int2", "net"]
            ),
        ]
        var text = """
            #include "clibvirt.h"
            #include <libvirt/libvirt.h>
            #include <libvirt/virterror.h>
            #include <stddef.h>
            #define VALUE(name, value) _Static_assert((long long)CLV_##name == (long long)VIR_##name, #name);
            CLIBVIRT_CONSTANTS(VALUE)

            """
        for name in names {
            text += "_Static_assert(__builtin_strcmp(CLV_\(name), VIR_\(name)) == 0, \"\(name)\");\n"
        }
        for layout in layouts {
            let (ours, theirs) = (layout.ours, layout.theirs)
            text += "_Static_assert(sizeof(\(ours)) == sizeof(\(theirs)), \"size of \(theirs)\");\n"
            for field in layout.fields {
                text += "_Static_assert(offsetof(\(ours), \(field)) == offsetof(\(theirs), \(field)), \"\(field)\");\n"
                text += "_Static_assert(sizeof(((\(ours) *)0)->\(field)) == sizeof(((\(theirs) *)0)->\(field)), "
                text += "\"\(field)\");\n"
            }
        }
        // From here on the names stand for libvirt's own types, so that whole function types can be compared.
        text += layouts.map { "#define \($0.ours) \($0.theirs)\n" }.joined()
        text += """
            #define clv_error_function virErrorFunc
            #define FUNCTION(result, name, arguments) result (*check_##name) arguments = &name;
            CLIBVIRT_REQUIRED_FUNCTIONS(FUNCTION)
            CLIBVIRT_OPTIONAL_FUNCTIONS(FUNCTION)

            """
        return text
    }

    private func compile(check: String) throws -> (status: Int32, output: String) {
        let file = FileManager.default.temporaryDirectory.appending(path: "clibvirt-\(UUID().uuidString).c")
        try check.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "clang", "-std=gnu11", "-Wall", "-Werror", "-Wno-deprecated-declarations", "-fsyntax-only", "-I",
            Self.includes, file.path,
        ]
        let pipe = Pipe()
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
