namespace Geobuk.Fuzz;

/// <summary>One mutated file.</summary>
/// <param name="Number">Its number; with the seed, all that is needed to make it again.</param>
/// <param name="Target">Its kind.</param>
/// <param name="Bytes">Its content.</param>
internal sealed record FuzzCase(int Number, Target Target, byte[] Bytes)
{
    private const int MostMutations = 6;
    private const int LargestFile = 1 << 20;

    /// <summary>Makes a case.</summary>
    public static FuzzCase Make(IReadOnlyList<Target> targets, int seed, int number)
    {
        var random = new Random(unchecked(seed * 1_000_003 + number));
        var target = targets[number % targets.Count];
        var bytes = target.Seeds[random.Next(target.Seeds.Count)];
        do bytes = target.Mutate(bytes, random);
        while (bytes.Length < LargestFile && random.Next(MostMutations) > MostMutations / 2);
        return new FuzzCase(number, target, bytes);
    }
}
