namespace Geobuk.Training.Tests;

/// <summary>Tests that draw from libtorch's one stream of random numbers (dropout) and must find it where they left it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
