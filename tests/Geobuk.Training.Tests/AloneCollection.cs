namespace Geobuk.Training.Tests;

/// <summary>Tests that use what libtorch has once for the whole process: its stream of random numbers (dropout), which they must find where they left it, or its switches.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
