namespace Geobuk.Recipes.Reading;

/// <summary>What the value of a key is.</summary>
internal enum ValueKind
{
    Bool,
    Whole,
    Number,
    Text,
    TextList,
    TextMap,
    Section,
}
