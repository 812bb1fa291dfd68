using System.Globalization;

namespace Geobuk.Fuzz;

/// <summary>What to run.</summary>
public sealed record FuzzOptions
{
    /// <summary>Number of the first case.</summary>
    public int First { get; init; }
    /// <summary>How many mutated files.</summary>
    public int Mutations { get; init; } = 100_000;
    /// <summary>Decides every mutation, together with the number of the case.</summary>
    public int Seed { get; init; } = 1;
    /// <summary>A case that takes longer has failed.</summary>
    public double Seconds { get; init; } = 2;
    /// <summary>A case that allocates more has failed.</summary>
    public long Bytes { get; init; } = 256 << 20;
    /// <summary>models, documents or all.</summary>
    public string Kind { get; init; } = "all";
    /// <summary>Where failures are saved.</summary>
    public string Output { get; init; } = Path.Combine("artifacts", "fuzz");
    /// <summary>The process that runs the cases; without it, the one that watches over it.</summary>
    public bool IsWorker { get; init; }

    /// <summary>The usage, for people.</summary>
    public const string Usage = "Geobuk.Fuzz [--mutations N] [--seed N] [--first N] [--seconds S] [--kind models|documents|all] [--output FOLDER]";

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">An option is unknown or has no usable value.</exception>
    public static FuzzOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new FuzzOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] == "--worker")
            {
                options = options with { IsWorker = true };
                continue;
            }
            var value = i + 1 < arguments.Count ? arguments[i + 1] : throw new FormatException($"{arguments[i]} has no value");
            options = arguments[i++] switch
            {
                "--mutations" => options with { Mutations = Number(value) },
                "--seed" => options with { Seed = Number(value) },
                "--first" => options with { First = Number(value) },
                "--seconds" => options with { Seconds = double.Parse(value, CultureInfo.InvariantCulture) },
                "--kind" => options with { Kind = value is "models" or "documents" or "all" ? value : throw new FormatException($"{value} is no kind") },
                "--output" => options with { Output = value },
                var unknown => throw new FormatException($"{unknown} is not an option"),
            };
        }
        return options;
    }

    /// <summary>The command line that gives these options again.</summary>
    public IEnumerable<string> ToArguments() =>
        [.. IsWorker ? new[] { "--worker" } : [], "--mutations", $"{Mutations}", "--seed", $"{Seed}", "--first", $"{First}", "--seconds", Seconds.ToString(CultureInfo.InvariantCulture), "--kind", Kind, "--output", Output];

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
