/** Words for what satellites and other eyes from above have seen. */
import * as imagery from './imagery';

export const de = {
  jobs: imagery.de,
  tab: 'Satellit', rail: 'Satellit',
  kinds: { 'Flooded area': 'überflutet', 'Flood trace': 'Flutspuren', 'Burnt area': 'verbrannt', Destroyed: 'zerstört', Damaged: 'beschädigt', 'Possibly damaged': 'vielleicht beschädigt', 'No visible damage': 'kein sichtbarer Schaden' } as Record<string, string>,
  types: { FLOOD: 'Überflutung', BURN: 'Brandfläche', DAMAGE: 'Gebäudeschäden', OTHER: 'Ereignis' } as Record<string, string>,
  makers: { EMS: 'Copernicus EMS', OWN: 'eigene Auswertung' } as Record<string, string>,
  products: { FEP: 'Erste Schätzung', DEL: 'Abgrenzung', GRA: 'Schadenskartierung', GRM: 'Bodenbewegung' } as Record<string, string>,
  monitoring: (n: number) => `Folgeaufnahme ${n}`,
  statuses: { W: 'erwartet', I: 'in Arbeit', N: 'nicht erstellt' } as Record<string, string>,
  acquired: 'Aufnahme', issued: 'Geliefert', sensor: 'Sensor', confidence: 'Verlässlichkeit', noConfidence: 'vom Hersteller nicht angegeben', notKnown: 'nicht angegeben', version: 'Fassung', note: 'Vermerk',
  taken: (at: string, age: string) => `Aufnahme ${at} (${age})`, onMap: 'auf der Karte', show: 'Auf der Karte zeigen', link: 'Beim Hersteller ansehen',
  table: 'Betroffen je Gemeinde', town: 'Gemeinde', total: 'zusammen', areaTable: 'Fläche in Hektar', countTable: 'Gebäude', noTown: 'Liegt in keiner Gemeinde von NRW.',
  seen: 'Ausgewertete Bilder', awaitedGroup: 'Erwartet', noneGroup: 'Nicht erstellt', awaited: 'Bestellt, noch nicht geliefert.', expected: (at: string) => `Zugesagt bis ${at}.`,
  notProduced: 'Dieses Produkt wird nicht erstellt. Es sagt nicht, dass nichts betroffen ist.', nothingSeen: 'In dieser Auswertung ist keine Fläche und kein Gebäude verzeichnet.',
  outside: 'Ausgewertet wurde nur innerhalb der gestrichelten Grenze. Außerhalb ist nichts bekannt, auch nicht, dass nichts betroffen ist.',
  bound: 'außerhalb nicht ausgewertet', boundLong: 'Grenze der Auswertung; außerhalb ist nichts bekannt', others: 'Andere Produkte dieses Gebiets', past: 'Die Zahlen sind die von damals, die Formen auf der Karte die der neuesten Fassung.',
  legend: 'Satellit', legendSource: 'Farben wie bei Copernicus EMS Rapid Mapping.',
  doubt: 'Die Quelle Copernicus EMS liefert gerade nicht: Neueres fehlt vielleicht.', noneDoubt: 'Unbekannt, ob es Auswertungen gibt: Die Quelle Copernicus EMS liefert gerade nicht.',
  none: 'Keine Auswertung von Satellitenbildern für NRW und Umgebung.', noneWhy: 'Copernicus EMS wird bei großen Lagen über das Gemeinsame Melde- und Lagezentrum (GMLZ) angefordert.',
};

export const en: typeof de = {
  jobs: imagery.en,
  tab: 'Satellite', rail: 'Satellite',
  kinds: { 'Flooded area': 'flooded', 'Flood trace': 'flood traces', 'Burnt area': 'burnt', Destroyed: 'destroyed', Damaged: 'damaged', 'Possibly damaged': 'possibly damaged', 'No visible damage': 'no visible damage' },
  types: { FLOOD: 'Flood', BURN: 'Burnt area', DAMAGE: 'Building damage', OTHER: 'Event' },
  makers: { EMS: 'Copernicus EMS', OWN: 'our own analysis' },
  products: { FEP: 'First estimate', DEL: 'Delineation', GRA: 'Grading', GRM: 'Ground movement' },
  monitoring: (n) => `monitoring ${n}`,
  statuses: { W: 'awaited', I: 'in production', N: 'not produced' },
  acquired: 'Image taken', issued: 'Delivered', sensor: 'Sensor', confidence: 'Confidence', noConfidence: 'not stated by the maker', notKnown: 'not stated', version: 'Version', note: 'Remark',
  taken: (at, age) => `Image of ${at} (${age})`, onMap: 'on the map', show: 'Show on the map', link: 'See it at the maker',
  table: 'Affected by municipality', town: 'Municipality', total: 'together', areaTable: 'Area in hectares', countTable: 'Buildings', noTown: 'Lies in no municipality of NRW.',
  seen: 'Images analysed', awaitedGroup: 'Awaited', noneGroup: 'Not produced', awaited: 'Ordered, not yet delivered.', expected: (at) => `Promised by ${at}.`,
  notProduced: 'This product will not be made. That does not say that nothing is affected.', nothingSeen: 'This analysis shows no area and no building.',
  outside: 'Only what lies inside the dashed line was analysed. Outside nothing is known, not even that nothing is affected.',
  bound: 'not analysed outside', boundLong: 'bound of the analysis; outside nothing is known', others: 'Other products of this area', past: 'The figures are those of then, the shapes on the map those of the newest version.',
  legend: 'Satellite', legendSource: 'Colours as in Copernicus EMS Rapid Mapping.',
  doubt: 'The source Copernicus EMS does not deliver at present: newer ones may be missing.', noneDoubt: 'Unknown whether there are analyses: the source Copernicus EMS does not deliver at present.',
  none: 'No analysis of satellite images for NRW and its surroundings.', noneWhy: 'In large incidents Copernicus EMS is called through the joint federal situation centre (GMLZ).',
};
