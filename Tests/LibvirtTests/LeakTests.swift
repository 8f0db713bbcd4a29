import Foundation
import Testing

/// The C target under valgrind: a small program in C that does what the Swift above it does, a hundred times.
@Suite struct LeakTests {
    private static let valgrind = "/usr/bin/valgrind"
    private static let target = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/CLibvirt").standardizedFileURL.path

    private static let program = """
        #include "clibvirt.h"
        #include <stdio.h>
        #include <stdlib.h>

        static int once(const clibvirt_api *api) {
            clv_connect *connection = api->virConnectOpen("test:///default");
            if (!connection) return 1;
            clv_domain **domains = NULL;
            int count = api->virConnectListAllDomains(connection, &domains, 0);
            if (count != 1) return 2;
            free(api->virDomainGetXMLDesc(domains[0], 0));
            // Fails: the error belongs to libvirt.
            if (api->virDomainGetMetadata(domains[0], CLV_DOMAIN_METADATA_ELEMENT, "urn:x", 0)) return 3;
            if (api->virGetLastError()->code != CLV_ERR_NO_DOMAIN_METADATA) return 4;
            clv_domain_stats_record **records = NULL;
            if (api->virConnectGetAllDomainStats(connection, CLV_DOMAIN_STATS_STATE, &records, 0) != 1) return 5;
            api->virDomainStatsRecordListFree(records);
            clv_typed_parameter *parameters = NULL;
            int used = 0, room = 0;
            api->virTypedParamsAddULLong(&parameters, &used, &room, CLV_MIGRATE_PARAM_BANDWIDTH, 10);
            api->virTypedParamsAddString(&parameters, &used, &room, CLV_MIGRATE_PARAM_URI, "tcp://h2");
            if (used != 2) return 6;
            api->virTypedParamsFree(parameters, used);
            api->virDomainFree(domains[0]);
            free(domains);
            return api->virConnectClose(connection) == 0 ? 0 : 7;
        }

        int main(void) {
            const char *problem;
            const clibvirt_api *api = clibvirt_load(&problem);
            if (!api || problem || clibvirt_load(&problem) != api) return 20;
            if (clibvirt_start_event_loop(api) || clibvirt_start_event_loop(api)) return 21;
            for (int i = 0; i < 100; i++) {
                int wrong = once(api);
                if (wrong) return wrong;
            }
            return 0;
        }
        """

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: valgrind), "valgrind is not installed"),
        .enabled(if: installedLibvirt != nil, "libvirt is not installed: apt-get install libvirt0"))
    func losesNothingAndReadsNothingWrong() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "clibvirt-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { do { try FileManager.default.removeItem(at: folder) } catch { print("\(error)") } }
        let (source, program) = (folder.appending(path: "leak.c").path, folder.appending(path: "leak").path)
        try Self.program.write(toFile: source, atomically: true, encoding: .utf8)
        // gcc: this valgrind does not read what newer compilers write about lines.
        let compiled = try run([
            "gcc", "-O1", "-Wall", "-Werror", "-I", Self.target + "/include", source, Self.target + "/clibvirt.c", "-o",
            program, "-ldl", "-lpthread",
        ])
        try #require(compiled.status == 0, "\(compiled.output)")
        // Per round lost, not per process: libvirt keeps what it allocated once.
        let checked = try run([
            "valgrind", "--leak-check=full", "--errors-for-leak-kinds=definite", "--error-exitcode=99", program,
        ])
        #expect(checked.status == 0, "\(checked.output)")
    }

    private func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
