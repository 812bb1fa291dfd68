namespace Geobuk.Fuzz;

/// <summary>A kind of file: valid examples, how they are damaged, and the readers they are given to.</summary>
internal abstract class Target
{
    /// <summary>What it is called in reports.</summary>
    public abstract string Name { get; }

    /// <summary>The file's name in the folder that is read.</summary>
    public abstract string FileName { get; }

    /// <summary>Valid files, written by the project's own writers.</summary>
    public required IReadOnlyList<byte[]> Seeds { get; init; }

    /// <summary>Writes the files that stand beside the damaged one.</summary>
    public virtual void WriteNeighbours(string folder) { }

    /// <summary>Damages a file once.</summary>
    public abstract byte[] Mutate(byte[] file, Random random);

    /// <summary>Opens the file as a program would and reads all that can be asked of it.</summary>
    public abstract void Read(string folder);
}
