using System.Globalization;
using System.Text.RegularExpressions;
using Geobuk.Models;

namespace Geobuk.Compute.Engines;

/// <summary>A job in Slurm's accounting.</summary>
/// <param name="Name">The name it was given.</param>
/// <param name="State">Its state, such as COMPLETED.</param>
/// <param name="Seconds">How long it had what it was given.</param>
/// <param name="Resources">What that was, as in cpu=4,gres/gpu=8; empty where it was given nothing.</param>
internal sealed partial record SlurmUse(string Name, string State, double Seconds, string Resources)
{
    /// <summary>States of jobs that may still begin or end.</summary>
    public static IReadOnlyList<string> Live { get; } = ["PENDING", "CONFIGURING", "RUNNING", "SUSPENDED", "COMPLETING"];

    /// <summary>What a job of a state waits for, by Slurm's reason; null where it does not wait.</summary>
    public static string? Waits(string state, string reason) => state == Live[0] ? $"Slurm, {reason}" : null;

    /// <summary>The attempt it was; null where it is not one of this service.</summary>
    /// <param name="prefix">What the names of this service's attempts begin with.</param>
    /// <param name="isCores">Whether devices are cores.</param>
    /// <exception cref="UserInputException">Slurm does not count GPUs.</exception>
    public AccountedAttempt? AttemptOf(string prefix, bool isCores)
    {
        if (!Name.StartsWith(prefix, StringComparison.Ordinal) || Name[prefix.Length..].Split('-') is not [var number, var of] || !long.TryParse(number, out var job) || !int.TryParse(of, out var attempt)) return null;
        var given = (isCores ? Cores() : Gpus()).Match(Resources);
        if (!given.Success && Resources.Length > 0 && Seconds > 0)
            throw new UserInputException($"Slurm's accounting: job {Name} was given {Resources}; expected a count of GPUs. Set AccountingStorageTRES=gres/gpu in slurm.conf, or gpus: false in engine_settings where devices are cores.");
        return new AccountedAttempt(job, attempt, given.Success ? int.Parse(given.Groups[1].Value, CultureInfo.InvariantCulture) : 0, given.Success ? Seconds : 0, !Live.Contains(State));
    }

    /// <summary>A time as Slurm's commands and its REST interface read it, whatever their zone.</summary>
    public static string Time(double seconds) => $"now-{Math.Max(0, DateTimeOffset.UtcNow.ToUnixTimeSeconds() - (long)seconds).ToString(CultureInfo.InvariantCulture)}seconds";

    [GeneratedRegex(@"(?:^|,)cpu=(\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Cores();

    [GeneratedRegex(@"(?:^|,)gres/gpu=(\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Gpus();
}
