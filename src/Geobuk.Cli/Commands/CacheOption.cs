using System.CommandLine;
using Geobuk.Inference;

namespace Geobuk.Cli.Commands;

/// <summary><c>--kv</c>: how keys and values are kept.</summary>
internal static class CacheOption
{
    /// <param name="usual">The type where none is named; null takes the engine's.</param>
    /// <param name="aliases">Other names of the option.</param>
    public static Option<string> Create(KeyValueType? usual = null, params string[] aliases)
    {
        string[] names = [.. Enum.GetValues<KeyValueType>().Select(Name)];
        return new Option<string>("--kv", aliases)
        {
            Description = "Element type of the key-value cache. Against f32, f16 takes half the memory, q8_0 about a quarter, q4_0 a seventh, for ever coarser keys and values.",
            DefaultValueFactory = _ => Name(usual ?? new InferenceOptions().KeyValueType),
        }.AcceptOnlyFromAmong(names);
    }

    public static KeyValueType Read(string name) => Enum.GetValues<KeyValueType>().First(type => Name(type) == name);

    private static string Name(KeyValueType type) => type.ToString().ToLowerInvariant();
}
