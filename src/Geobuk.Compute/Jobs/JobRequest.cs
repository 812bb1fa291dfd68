using System.Globalization;
using Geobuk.Compute.Pools;

namespace Geobuk.Compute.Jobs;

/// <summary>What is submitted.</summary>
public sealed record JobRequest
{
    // Linux takes no longer argument than this of a program.
    private const int LongestCommand = 131_071, MostWords = 10_000, MostBefore = 1000, LongestPart = 64;

    /// <summary>Program and arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Who pays; null takes the tenant of the key.</summary>
    public string? Tenant { get; init; }

    /// <summary>For people.</summary>
    public string? Name { get; init; }

    /// <summary>Where it runs; null takes a folder of its own.</summary>
    public string? Folder { get; init; }

    /// <summary>Workers of the gang.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Devices of each worker.</summary>
    public int Devices { get; init; } = 1;

    /// <summary>Kind of device; <c>gpu</c> GPUs of any kind, null any device.</summary>
    public string? Kind { get; init; }

    /// <summary>Pool; null any.</summary>
    public string? Pool { get; init; }

    /// <summary>The most sensitive data it reads.</summary>
    public DataLabel Label { get; init; }

    /// <summary>0 to 100.</summary>
    public int Priority { get; init; } = 50;

    /// <summary>How close the workers must be.</summary>
    public Topology Topology { get; init; }

    /// <summary>Expected seconds.</summary>
    public double? EstimateSeconds { get; init; }

    /// <summary>Most seconds of work, all starts together: what earlier ones kept counts, what was lost does not; null without bound.</summary>
    public double? MaxRunSeconds { get; init; }

    /// <summary>Whether it checkpoints and exits with 75 when asked by SIGTERM.</summary>
    public bool Preemptible { get; init; }

    /// <summary>Ids of jobs that must be done before.</summary>
    public IReadOnlyList<long> After { get; init; } = [];

    /// <summary>How often a failure is tried again.</summary>
    public int Retries { get; init; }

    /// <summary>Every mistake; empty where there is none.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        void Check(bool isRight, string problem)
        {
            if (!isRight) problems.Add(problem);
        }
        Check(Command is { Count: > 0 } && !string.IsNullOrWhiteSpace(Command[0]) && Command.All(word => word is not null), "command: it is empty; expected a program and its arguments. Say what to run.");
        Check(Command is null || Command.All(word => word?.Contains('\0') != true), "command: it has a NUL character; expected words without, as a program takes them. Put such data into a file.");
        Check(Command is null || Command.Count <= MostWords, $"command: {Command?.Count} words; expected at most {MostWords}. Put what is long into a file.");
        Check(Command is null || Command.Sum(word => (long)(word?.Length ?? 0)) <= LongestCommand, $"command: {Command?.Sum(word => (long)(word?.Length ?? 0))} characters; expected at most {LongestCommand}. Put what is long into a file.");
        Check(Workers is >= 1 and <= 100_000, $"workers: {Workers}; expected 1 to 100000. One is usual.");
        Check(Devices is >= 1 and <= 10_000, $"devices: {Devices}; expected 1 to 10000 per worker. One is usual.");
        Check(Priority is >= 0 and <= 100, $"priority: {Priority}; expected 0 to 100. 50 is usual.");
        Check(EstimateSeconds is null or (> 0 and < 1e9), $"estimate_seconds: {EstimateSeconds}; expected more than 0 and less than 1000000000. Leave it out where nothing is known.");
        Check(MaxRunSeconds is null or (> 0 and < 1e9), $"max_run_seconds: {MaxRunSeconds}; expected more than 0 and less than 1000000000. Leave it out where there is no bound.");
        Check(Retries is >= 0 and <= 100, $"retries: {Retries}; expected 0 to 100. 0 is usual.");
        Check(Enum.IsDefined(Label), $"label: {Label}; expected open, sensitive or classified.");
        Check(Enum.IsDefined(Topology), $"topology: {Topology}; expected any, island or node.");
        Check(After is not null, "after: null; expected numbers of jobs. Leave it out where there are none.");
        Check(After is null || After.Count <= MostBefore, $"after: {After?.Count} jobs; expected at most {MostBefore}. Name the last ones.");
        Check(Folder is null || (Path.IsPathFullyQualified(Folder) && Folder.Length <= 4096 && Shown(Folder) == Folder), $"folder: \"{Shown(Folder ?? "")}\"; expected an absolute path without control characters. Leave it out for a folder of the job's own.");
        Check(Tenant is null || IsPath(Tenant), $"tenant: {Tenant}; expected organisation, organisation/project or organisation/project/user of letters (a to z, Hangul, Chinese characters), digits, '-', '_' and '.'.");
        Check(Name is null || Name.Length <= 200, $"name: {Name?.Length} characters; expected at most 200. Shorten it.");
        Check(Name is null || Shown(Name) == Name, $"name: \"{Shown(Name ?? "")}\"; expected a text without control characters. Lists show it as it is.");
        return problems;
    }

    /// <summary>Whether a text can be a tenant's path.</summary>
    public static bool IsPath(string text) => text.Split('/') is { Length: <= 3 } parts
        && parts.All(part => part.Length is > 0 and <= LongestPart && part.All(c => IsPlain(c) || c is '-' or '_' or '.') && part is not ("." or ".."));

    /// <summary>
    /// Whether a character may stand in the name of a tenant or of a key: letters of ASCII, Hangul and Chinese characters, and digits. Others, such as
    /// Cyrillic or full-width letters, look the same and are not.
    /// </summary>
    public static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is >= '\uAC00' and <= '\uD7A3' or >= '\u4E00' and <= '\u9FFF';

    /// <summary>A text with something instead of what no terminal should get: control characters, and those that turn or hide what is around them.</summary>
    public static string Shown(string text, char instead = '?') => string.Concat(text.Select(c => IsShown(c) ? c : instead));

    private static bool IsShown(char c) => char.GetUnicodeCategory(c) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
