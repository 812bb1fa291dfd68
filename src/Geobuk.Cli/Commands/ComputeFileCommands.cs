using System.CommandLine;
using System.Globalization;
using Geobuk.Cli.Pools;
using Geobuk.Cli.Terminal;
using Geobuk.Compute.Accounting;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Service;
using Geobuk.Models;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary>What comes back from a pool: a job's files to its owner, the report of a loan to its lender.</summary>
internal static class ComputeFileCommands
{
    public static Command Files()
    {
        var id = new Argument<long>("JOB") { Description = "Its number." };
        var get = new Option<string?>("--get") { Description = "Fetch this file of it.", HelpName = "PATH" };
        var target = new Option<string?>("--out") { Description = "Where to; the file's own name here by default.", HelpName = "FILE" };
        var state = ComputeCommand.State();
        return Verb.Create("files", "List or fetch what a job left in its folder.", "geobuk compute files 12 --get model.gguf", [id, get, target, state], async (arguments, output, cancellation) =>
        {
            using var client = ComputeClient.Connect(arguments.GetRequiredValue(state));
            var job = arguments.GetValue(id);
            if (arguments.GetValue(get) is { } path)
            {
                if (path.Split('/').Any(part => part is "." or "..")) throw new UserInputException($"--get: {path}; expected a path inside the job's folder. geobuk compute files {job} lists them.");
                var file = arguments.GetValue(target) ?? Path.GetFileName(path);
                await client.FetchAsync($"jobs/{job}/files/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}", file, cancellation);
                output.Result(new { File = file, Bytes = new FileInfo(file).Length }, console => console.WriteLine($"{file}, {Quantity.Bytes(new FileInfo(file).Length)}"));
                return ExitCode.Done;
            }
            var answer = await client.AskAsync<FileList>(HttpMethod.Get, $"jobs/{job}/files", null, cancellation);
            output.Result(answer, console =>
            {
                foreach (var file in answer.Files) console.WriteLine($"{Quantity.Bytes(file.Bytes),10}  {Cell.Plain(file.Path)}");
            });
            return ExitCode.Done;
        });
    }

    public static Command Loans()
    {
        var state = ComputeCommand.State();
        return Verb.Create("loans", "Report to each lender what was made of its devices: there, held, busy, held idle, held by what still runs, not held.", "geobuk compute loans", [state], async (arguments, output, cancellation) =>
        {
            using var client = ComputeClient.Connect(arguments.GetRequiredValue(state));
            var pools = await client.AskAsync<PoolList>(HttpMethod.Get, "pools", null, cancellation);
            var jobs = (await client.JobsAsync(cancellation)).ToDictionary(job => job.Id, job => job.Devices);
            var loans = LoanReport.Of(pools.Pools, await client.LedgerAsync(cancellation), job => jobs.TryGetValue(job, out var devices) ? devices : null);
            output.Result(new { Loans = loans }, console =>
            {
                var table = new Table().Border(TableBorder.Rounded).AddColumns("lender", "pool", "until", "devices", "device hours there", "held", "busy", "held idle", "still running", "not held");
                foreach (var loan in loans)
                    table.AddRow(new[]
                    {
                        loan.Provider, loan.Pool, loan.Expires is { } expires ? DateTimeOffset.FromUnixTimeSeconds((long)expires).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "-", $"{loan.Devices}", Hours(loan.There),
                        Hours(loan.Held), Share(loan.Busy, loan.There), Share(loan.Idle, loan.There), Share(loan.Running, loan.There), Share(loan.There - loan.Held, loan.There),
                    }.Select(Cell.Of).ToArray());
                console.Write(table);
            });
            return ExitCode.Done;
        });
    }

    private static string Hours(double seconds) => (seconds / 3600).ToString("0.##", CultureInfo.InvariantCulture);

    private static string Share(double part, double whole) => whole > 0 ? (part / whole).ToString("P1", CultureInfo.InvariantCulture) : "-";

    private sealed record FileList(IReadOnlyList<JobFile> Files);

    private sealed record PoolList(IReadOnlyList<PoolView> Pools);
}
