using System.CommandLine;
using System.Globalization;
using Geobuk.Cli.Pools;
using Geobuk.Cli.Terminal;
using Geobuk.Compute.Access;
using Geobuk.Compute.Accounting;
using Geobuk.Compute.Service;
using Geobuk.Compute.Wording;
using Geobuk.Models;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary>Verbs about pools, tenants, use and keys of the compute service.</summary>
internal static class ComputeViewCommands
{
    public static Command Pools()
    {
        var state = ComputeCommand.State();
        return Verb.Create("pools", "Show pools and their nodes.", "geobuk compute pools", [state], async (arguments, output, cancellation) =>
        {
            using var client = ComputeClient.Connect(arguments.GetRequiredValue(state));
            var answer = await client.AskAsync<PoolList>(HttpMethod.Get, "pools", null, cancellation);
            output.Result(answer, console =>
            {
                var table = new Table().Border(TableBorder.Rounded).AddColumns("pool", "node", "kind", "devices", "held", "by");
                foreach (var pool in answer.Pools)
                    foreach (var node in pool.Nodes)
                        table.AddRow(new[] { pool.Name, node.Name + (node.Healthy ? "" : " (drained)"), node.Kind, $"{node.Devices}", $"{node.Shares.Sum(share => share.Devices)}{(node.Over > 0 ? $" ({node.Over} more than it has, until its jobs end)" : "")}", string.Join(' ', node.Shares.Select(share => share.Job is { } job ? $"{share.Tenant}#{job}" : share.Tenant)) }.Select(Cell.Of).ToArray());
                console.Write(table);
            });
            return ExitCode.Done;
        });
    }

    public static Command Tenants()
    {
        var state = ComputeCommand.State();
        return Verb.Create("tenants", "Show tenants with guarantees and use.", "geobuk compute tenants", [state], async (arguments, output, cancellation) =>
        {
            using var client = ComputeClient.Connect(arguments.GetRequiredValue(state));
            var answer = await client.AskAsync<TenantList>(HttpMethod.Get, "tenants", null, cancellation);
            output.Result(answer, console =>
            {
                var table = new Table().Border(TableBorder.Rounded).AddColumns("tenant", "guaranteed", "held now", "share", "used lately", "device hours", "budget", "spent up");
                foreach (var tenant in answer.Tenants)
                    table.AddRow(new[] { tenant.Path, $"{tenant.Guaranteed}", $"{tenant.Devices}", tenant.Share.ToString("P0", CultureInfo.InvariantCulture), tenant.Used.ToString("P0", CultureInfo.InvariantCulture), tenant.GpuHours.ToString("0.###", CultureInfo.InvariantCulture), tenant.BudgetGpuHours?.ToString(CultureInfo.InvariantCulture) ?? (tenant.BudgetWon is { } won ? $"{tenant.Won:0} of {won:0} won" : "-"), tenant.SpentUp is > 0 and < 4e9 and var when ? DateTimeOffset.FromUnixTimeSeconds((long)when).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "-" }.Select(Cell.Of).ToArray());
                console.Write(table);
            });
            return ExitCode.Done;
        });
    }

    public static Command Usage()
    {
        var by = new Option<string>("--by") { Description = $"The cut: {string.Join(", ", UsageTable.Cuts)}; several with commas.", DefaultValueFactory = _ => UsageTable.Cuts[0] };
        var since = new Option<string?>("--since") { Description = "Only what was given back from this day on (UTC).", HelpName = "YYYY-MM-DD" };
        var until = new Option<string?>("--until") { Description = "Only what was given back before this day (UTC).", HelpName = "YYYY-MM-DD" };
        var csv = new Option<bool>("--csv") { Description = "Comma-separated values." };
        var svg = new Option<string?>("--svg") { Description = "Also write a picture.", HelpName = "FILE" };
        var verify = new Option<bool>("--verify") { Description = "Check the ledger first: that no entry is missing, changed or counted twice, and that each adds up; says how many there are and the hash of the last. Needs a key that sees all of it." };
        var state = ComputeCommand.State();
        return Verb.Create("usage", "Show what was used, from the ledger.", "geobuk compute usage --by tenant,month --since 2026-11-01 --csv", [by, since, until, csv, svg, verify, state], async (arguments, output, cancellation) =>
        {
            var cuts = arguments.GetRequiredValue(by).Split(',', StringSplitOptions.TrimEntries);
            if (cuts.FirstOrDefault(cut => !UsageTable.Cuts.Contains(cut)) is { } unknown) throw new UserInputException($"--by: {unknown}; expected some of {string.Join(", ", UsageTable.Cuts)}.");
            var (from, to) = (Day("--since", arguments.GetValue(since)) ?? double.NegativeInfinity, Day("--until", arguments.GetValue(until)) ?? double.PositiveInfinity);
            using var client = ComputeClient.Connect(arguments.GetRequiredValue(state));
            var ledger = await client.LedgerAsync(cancellation);
            if (arguments.GetValue(verify) && !Verified(output, "ledger", LedgerEntry.Defect(ledger), ledger.Count, ledger.Count > 0 ? ledger[^1].Hash : LedgerEntry.Origin)) return ExitCode.Failed;
            var rows = UsageTable.Of(ledger.Where(entry => entry.At >= from && entry.At < to), cuts);
            if (arguments.GetValue(svg) is { } picture) File.WriteAllText(picture, UsageTable.Picture(rows));
            output.Result(new { Rows = rows }, console =>
            {
                if (arguments.GetValue(csv)) Console.Out.Write(UsageTable.Csv(rows, cuts));
                else
                {
                    var table = new Table().Border(TableBorder.Rounded).Caption("in device-seconds").AddColumns([.. cuts, .. UsageTable.Columns.Select(column => column.Replace('_', ' '))]);
                    foreach (var row in rows) table.AddRow(row.Keys.Concat(row.Numbers.Select(number => number.ToString("0.#", CultureInfo.InvariantCulture))).Select(Cell.Of).ToArray());
                    console.Write(table);
                }
            });
            return ExitCode.Done;
        });
    }

    /// <summary>Says whether a chain is as it was written. That its last entries were cut off shows only against an earlier number and hash.</summary>
    private static bool Verified(Output output, string what, string? defect, int count, string hash)
    {
        if (defect is not null) output.Fail(new Failure(ExitCode.Failed, [$"{what}: {defect}; expected the whole chain as it was written. Compare it with a copy of the database."]));
        else output.Remark($"{what}: {(count == 1 ? "the one entry is as it was written; it" : $"all {count} entries are as they were written; the last")} has the hash {hash}");
        return defect is null;
    }

    private static double? Day(string option, string? text) => text is null ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeSeconds()
        : throw new UserInputException($"{option}: {text}; expected a day such as 2026-11-01.");

    public static Command Grant()
    {
        var name = new Argument<string>("NAME") { Description = "Whose key it is." };
        var tenant = new Option<string>("--tenant") { Description = "What it is bound to.", Required = true, HelpName = "PATH" };
        var role = new Option<Role>("--role") { Description = "What it may do.", DefaultValueFactory = _ => Role.Member };
        var until = new Option<string?>("--until") { Description = "It opens nothing any more from this day on (UTC).", HelpName = "YYYY-MM-DD" };
        var state = ComputeCommand.State();
        return Verb.Create("grant", "Make an API key; it is shown once.", "geobuk compute grant kim --tenant mnd/personnel --role member --until 2027-01-01", [name, tenant, role, until, state], async (arguments, output, cancellation) =>
        {
            using var client = ComputeClient.Connect(arguments.GetRequiredValue(state));
            var answer = await client.AskAsync<Granted>(HttpMethod.Post, "keys", new { Name = arguments.GetValue(name), Tenant = arguments.GetValue(tenant), Role = arguments.GetValue(role), Expires = Day("--until", arguments.GetValue(until)) }, cancellation);
            output.Result(answer, console => console.WriteLine(answer.Key));
            return ExitCode.Done;
        });
    }

    public static Command Reconcile()
    {
        var pool = new Argument<string>("POOL") { Description = "A pool of Slurm." };
        var within = new Option<double>("--within") { Description = "Seconds for each device by which ledger and accounting may differ.", DefaultValueFactory = _ => 10 };
        var state = ComputeCommand.State();
        return Verb.Create("reconcile", "Compare the ledger with the accounting of the pool's engine.", "geobuk compute reconcile cluster", [pool, within, state], async (arguments, output, cancellation) =>
        {
            using var client = ComputeClient.Connect(arguments.GetRequiredValue(state));
            var path = string.Create(CultureInfo.InvariantCulture, $"pools/{Uri.EscapeDataString(arguments.GetRequiredValue(pool))}/reconciled?within={arguments.GetRequiredValue(within)}");
            var attempts = (await client.AskAsync<Reconciled>(HttpMethod.Get, path, null, cancellation)).Attempts;
            var problems = attempts.Count(attempt => attempt.Problem is not null);
            var (ledger, engine) = (attempts.Sum(attempt => attempt.Ledger ?? 0), attempts.Sum(attempt => attempt.Engine ?? 0));
            output.Result(new { Attempts = attempts, Problems = problems, Ledger = ledger, Engine = engine }, console =>
            {
                var table = new Table().Border(TableBorder.Rounded).Caption("in device-seconds").AddColumns("job", "attempt", "ledger", "engine", "difference", "");
                foreach (var attempt in attempts)
                    table.AddRow(new[] { $"{attempt.Job}", $"{attempt.Attempt}", Number(attempt.Ledger), Number(attempt.Engine), Number((attempt.Ledger ?? 0) - (attempt.Engine ?? 0)), attempt.Problem ?? "agrees" }.Select(Cell.Of).ToArray());
                console.Write(table);
                console.WriteLine($"{Counted.Of(attempts.Count, "attempt")}, {problems} {(problems == 1 ? "disagrees" : "disagree")}; {Number(ledger)} device-seconds in the ledger, {Number(engine)} by the engine's accounting");
            });
            return problems == 0 ? ExitCode.Done : ExitCode.Failed;
        });
    }

    private static string Number(double? value) => value?.ToString("0.#", CultureInfo.InvariantCulture) ?? "-";

    public static Command Keys()
    {
        var revoke = new Option<string?>("--revoke") { Description = "Take the key back whose id this is.", HelpName = "ID" };
        var state = ComputeCommand.State();
        return Verb.Create("keys", "Show the API keys that this one may give, or take one back.", "geobuk compute keys --revoke 3f9a0c12b7de", [revoke, state], async (arguments, output, cancellation) =>
        {
            using var client = ComputeClient.Connect(arguments.GetRequiredValue(state));
            if (arguments.GetValue(revoke) is { } id) await client.AskAsync<object>(HttpMethod.Delete, $"keys/{Uri.EscapeDataString(id)}", null, cancellation);
            var answer = await client.AskAsync<KeyList>(HttpMethod.Get, "keys", null, cancellation);
            output.Result(answer, console =>
            {
                var table = new Table().Border(TableBorder.Rounded).AddColumns("id", "name", "tenant", "role", "until");
                foreach (var key in answer.Keys) table.AddRow(new[] { key.Id, key.Name, key.Tenant, key.Role.ToString().ToLowerInvariant(), key.Expires is { } until ? DateTimeOffset.FromUnixTimeSeconds((long)until).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "-" }.Select(Cell.Of).ToArray());
                console.Write(table);
            });
            return ExitCode.Done;
        });
    }

    public static Command Drain()
    {
        var node = new Argument<string>("POOL/NODE") { Description = "The node." };
        var resume = new Option<bool>("--resume") { Description = "It takes jobs again." };
        var state = ComputeCommand.State();
        return Verb.Create("drain", "Give a node no more jobs; those that run there end as they would.", "geobuk compute drain lent/n2", [node, resume, state], async (arguments, output, cancellation) =>
        {
            if (arguments.GetRequiredValue(node).Split('/') is not [var pool, var name]) throw new UserInputException($"{arguments.GetRequiredValue(node)}: expected POOL/NODE. geobuk compute pools lists them.");
            using var client = ComputeClient.Connect(arguments.GetRequiredValue(state));
            var healthy = arguments.GetValue(resume);
            await client.AskAsync<object>(HttpMethod.Put, $"pools/{Uri.EscapeDataString(pool)}/nodes/{Uri.EscapeDataString(name)}", new { Healthy = healthy }, cancellation);
            output.Result(new { Node = $"{pool}/{name}", Healthy = healthy }, console => console.WriteLine($"{pool}/{name}: {(healthy ? "takes jobs" : "takes no more jobs")}"));
            return ExitCode.Done;
        });
    }

    public static Command Audit()
    {
        var state = ComputeCommand.State();
        var verify = new Option<bool>("--verify") { Description = "Check the whole log first: that no entry is missing or changed; says how many there are and the hash of the last." };
        return Verb.Create("audit", "Show who changed what and who was refused, the newest first.", "geobuk compute audit --verify", [verify, state], async (arguments, output, cancellation) =>
        {
            using var client = ComputeClient.Connect(arguments.GetRequiredValue(state));
            var answer = await client.AskAsync<AuditList>(HttpMethod.Get, "audit", null, cancellation);
            if (arguments.GetValue(verify))
            {
                var chain = await client.AuditAsync(cancellation);
                if (!Verified(output, "audit log", AuditEntry.Defect(chain), chain.Count, chain.Count > 0 ? chain[^1].Hash : AuditEntry.Origin)) return ExitCode.Failed;
            }
            output.Result(answer, console =>
            {
                var table = new Table().Border(TableBorder.Rounded).AddColumns("when (UTC)", "who", "what", "of what", "");
                foreach (var entry in answer.Entries)
                    table.AddRow(new[] { DateTimeOffset.FromUnixTimeSeconds((long)entry.At).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), entry.Who, entry.Action, entry.Subject, entry.Detail }.Select(Cell.Of).ToArray());
                console.Write(table);
            });
            return ExitCode.Done;
        });
    }

    private sealed record Reconciled(IReadOnlyList<ReconciledAttempt> Attempts);

    private sealed record KeyList(IReadOnlyList<KeyView> Keys);

    private sealed record KeyView(string Id, string Name, string Tenant, Role Role, double? Expires);

    private sealed record AuditList(IReadOnlyList<AuditEntry> Entries);

    private sealed record PoolList(IReadOnlyList<PoolView> Pools);

    private sealed record TenantList(IReadOnlyList<TenantView> Tenants);


    private sealed record Granted(string Key);
}
