using Geobuk.Recipes.Reading;

namespace Geobuk.Recipes.Tests.Reading;

/// <summary>A default outside its own limits would be refused as soon as someone writes it down.</summary>
public sealed class DefaultsTests
{
    [Fact]
    public void EveryDefault_OfEveryNumber_IsWithinItsLimits()
    {
        AssertDefaults(SectionDescription.Root);

        static void AssertDefaults(SectionDescription section)
        {
            var defaults = Activator.CreateInstance(section.Type)!;
            foreach (var key in section.Keys)
            {
                if (key.Section is { } below) AssertDefaults(below);
                if (key.Kind is ValueKind.Whole or ValueKind.Number && key.Property.GetValue(defaults) is { } value)
                    Assert.True(key.InRange(Convert.ToDouble(value)), $"{key.Name} = {value}");
            }
        }
    }
}
